import type { Environment } from './environment';
import { between, oneOf, type SettingProblem } from './problem';

const ofKinesis = "lambda where events come in by kinesis alone: Glue's connector of Kinesis tells neither the shard nor the sequence number of a record, which are its position; take ingestion: 'msk'";
const ofRegistry = "lambda where the registry is Confluent's and the brokers have a network of their own, which has no way to it; name one that has, in msk.network";

/** What is wrong with who validates events. */
export const processingProblems = ({ processing, streaming, ingestion, ingestionBefore, registry, msk }: Partial<Environment>): readonly SettingProblem[] => {
  const isSpark = processing === 'spark';
  return [
    ...oneOf('processing', processing, ['lambda', 'spark']),
    ...(isSpark && ingestion !== 'msk' && ingestionBefore !== 'msk' ? [{ field: 'processing', found: processing, allowed: ofKinesis }] : []),
    ...(isSpark && registry?.kind === 'confluent' && msk?.network === undefined ? [{ field: 'processing', found: processing, allowed: ofRegistry }] : []),
    ...between('streaming.workers', streaming?.workers, 2, 100, 'workers'),
    ...oneOf('streaming.workerType', streaming?.workerType, ['G.025X', 'G.1X', 'G.2X', 'G.4X', 'G.8X']),
    ...between('streaming.recordsAtOnce', streaming?.recordsAtOnce, 1000, 10_000_000, 'records'),
  ];
};
