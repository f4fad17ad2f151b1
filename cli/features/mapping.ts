import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { CreateEventSourceMappingCommand, DeleteEventSourceMappingCommand, GetEventSourceMappingCommand, LambdaClient, ListEventSourceMappingsCommand, ResourceNotFoundException, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { waysIn } from '../../core/environment/environment';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { wayOf } from '../ingestion/way-of-mapping';

type Folder = 'feature-aggregator' | 'generation-follower';

const clientOf = ({ environment }: Context): LambdaClient => new LambdaClient({ region: environment.region });

const mappingsOf = async (context: Context, folder: Folder): Promise<readonly EventSourceMappingConfiguration[]> => {
  const { EventSourceMappings } = await clientOf(context).send(new ListEventSourceMappingsCommand({ FunctionName: context.names.function(folder) }));
  return EventSourceMappings ?? [];
};

/** The event source mapping of the generation follower: there is one at a time. */
const followerMapping = async (context: Context): Promise<EventSourceMappingConfiguration | undefined> => (await mappingsOf(context, 'generation-follower'))[0];

/** The event source mappings that feed the aggregator: one for each way by which events come in. */
const aggregatorMappings = async (context: Context): Promise<readonly EventSourceMappingConfiguration[]> => {
  const mappings = await mappingsOf(context, 'feature-aggregator');
  const ways = waysIn(context.environment);
  // Whoever went on would read a topic as a stream, or the other way round.
  const other = mappings.filter(({ State }) => State !== 'Deleting').map(wayOf).find((way) => !ways.includes(way));
  if (other !== undefined) throw new CommandError(`Events of ${context.environment.name} come in by ${other}, and environments.ts says ${ways.join(' and ')}.`, { next: `say ingestion: '${other}' of it in environments.ts; or, to change what it takes events by, see docs/engines.md` });
  if (mappings.length < ways.length) throw new CommandError(`The function ${context.names.function('feature-aggregator')} has ${mappings.length} event source mapping(s), and events come in by ${ways.join(' and ')}.`, { next: `npx headrace deploy --env ${context.environment.name}` });
  return mappings;
};

/** The event source mapping that feeds the aggregator, of an environment that is not moving. */
export const aggregatorMapping = async (context: Context): Promise<EventSourceMappingConfiguration> => {
  const [mapping, ...others] = await aggregatorMappings(context);
  if (!mapping || others.length > 0) throw new CommandError(`The function ${context.names.function('feature-aggregator')} has ${others.length + 1} event source mappings, and one is looked for.`, { next: 'take ingestionBefore out of environments.ts when the move has ended, and deploy' });
  return mapping;
};

const isEnabled = ({ State }: EventSourceMappingConfiguration): boolean => State === 'Enabled' || State === 'Enabling' || State === 'Creating' || State === 'Updating';

/** Whether the aggregator reads all that events come in by. */
export const isAggregating = async (context: Context): Promise<boolean> => (await aggregatorMappings(context)).every(isEnabled);

const pollMilliseconds = 500;
/** AWS takes some seconds, seldom more than a minute. */
const longestPolls = 240;

const enable = async (context: Context, id: string | undefined): Promise<void> => {
  const client = clientOf(context);
  await client.send(new UpdateEventSourceMappingCommand({ UUID: id, Enabled: true }));
  for (let poll = 0; poll < longestPolls; poll += 1) {
    const { State } = await client.send(new GetEventSourceMappingCommand({ UUID: id }));
    if (State === 'Enabled') return;
    await sleep(pollMilliseconds);
  }
  throw new CommandError(`The event source mapping ${id ?? ''} did not become Enabled within two minutes.`, { next: 'look at its state with aws lambda get-event-source-mapping' });
};

/** Switches the aggregator's mappings on, and waits until they are. */
export const enableAggregator = async (context: Context): Promise<void> => { for (const { UUID } of await aggregatorMappings(context)) await enable(context, UUID); };

/** Whether a mapping feeds the follower. */
export const hasFollower = async (context: Context): Promise<boolean> => (await followerMapping(context)) !== undefined;

/**
 * Makes the follower's mapping, switched off: like the aggregator's, but from a moment on.
 *
 * @param from epoch milliseconds of arrival
 */
export const createFollower = async (context: Context, from: number): Promise<void> => {
  const { EventSourceArn, BatchSize, MaximumBatchingWindowInSeconds, BisectBatchOnFunctionError, FunctionResponseTypes, Topics, ProvisionedPollerConfig } = await aggregatorMapping(context);
  const name = context.names.function('generation-follower');
  const source = context.environment.ingestion === 'msk'
    // A group of its own each time: one that was used before would begin where that had ended, whatever is asked for.
    ? { Topics, ProvisionedPollerConfig, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `${name}-${Date.now()}` } }
    : { ParallelizationFactor: 1 };
  await clientOf(context).send(new CreateEventSourceMappingCommand({
    FunctionName: name, EventSourceArn, ...source, Enabled: false, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: new Date(from),
    BatchSize, MaximumBatchingWindowInSeconds, BisectBatchOnFunctionError, FunctionResponseTypes, MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1,
  }));
};

/** Switches the follower's mapping on, and waits until it is. */
export const enableFollower = async (context: Context): Promise<void> => {
  const mapping = await followerMapping(context);
  if (!mapping) throw new CommandError(`The function ${context.names.function('generation-follower')} has lost its event source mapping in the middle of a rebuild.`, { next: 'run the same command again' });
  if (mapping.State !== 'Enabled') await enable(context, mapping.UUID);
};

/** Deletes the follower's mapping, and waits until it is gone; false when there was none. */
export const deleteFollower = async (context: Context): Promise<boolean> => {
  const mapping = await followerMapping(context);
  if (!mapping) return false;
  const client = clientOf(context);
  try {
    if (mapping.State !== 'Deleting') await client.send(new DeleteEventSourceMappingCommand({ UUID: mapping.UUID }));
    for (let poll = 0; poll < longestPolls; poll += 1) {
      await client.send(new GetEventSourceMappingCommand({ UUID: mapping.UUID }));
      await sleep(pollMilliseconds);
    }
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return true;
    throw error;
  }
  throw new CommandError(`The event source mapping ${mapping.UUID ?? ''} was not deleted within two minutes.`, { next: 'run the same command again' });
};
