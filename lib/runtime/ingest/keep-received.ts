import type { Contracts } from '../../../core/contract/contracts';
import type { ReceivedRecord } from '../../../core/event/record';
import type { ActiveContracts } from '../active-contracts';
import type { LakeWriter } from '../lake-writer';
import type { SchemaRegistry } from '../schema-registry';
import { receiveBatch } from '../wire/receive';
import { keepBatch, type Forwarding } from './keep-batch';
import type { ReportEffects } from './report';
import { report } from './report';

/** What records are judged by, and where they go: the same in whatever program they are judged. */
export interface Keeping {
  readonly contracts: Contracts;
  readonly activeContracts: ActiveContracts;
  readonly registry: SchemaRegistry;
  readonly lake: LakeWriter;
  /** Where accepted events that Flink reads go on to; absent where no view has it as its engine. */
  readonly forward?: Forwarding;
}

/** What the program that judges is asked and told meanwhile. */
export interface KeepingEffects extends ReportEffects {
  readonly complain: (message: string, error: unknown) => void;
  /** Whether there is still time to begin a write. */
  readonly hasTime: () => boolean;
  /** Whether the records before one that cannot be judged yet are kept. Who is given the same records again keeps none: with the others they would make other objects. */
  readonly keepsPart: boolean;
}

/**
 * Keeps records of one shard in the lake, in its order: opens their frames, judges them, writes and reports.
 *
 * @returns the sequence number from which they must be given again; undefined when every record is in the lake
 */
export const keepReceived = async (received: readonly ReceivedRecord[], { contracts, activeContracts, registry, lake, forward }: Keeping, effects: KeepingEffects): Promise<string | undefined> => {
  const { records, blocked } = await receiveBatch(received, registry);
  if (blocked !== undefined) effects.complain('the schema registry did not answer; the batch is tried again from there', blocked.error);
  const [first] = received;
  if (blocked !== undefined && first !== undefined && !effects.keepsPart) return first.position.sequence;
  const outcome = await keepBatch(records, await activeContracts(contracts, records), { write: lake.write, complain: effects.complain, hasTime: effects.hasTime, ...(forward === undefined ? {} : { forward }) });
  const failedFrom = outcome.failedFrom ?? blocked?.sequence;
  report(records, { ...outcome, failedFrom }, effects);
  return failedFrom;
};
