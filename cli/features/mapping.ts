import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { GetEventSourceMappingCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { CommandError } from '../command-error';
import type { Context } from '../context';

/** The event source mapping that feeds the aggregator. */
export const aggregatorMapping = async ({ environment, names }: Context): Promise<EventSourceMappingConfiguration> => {
  const client = new LambdaClient({ region: environment.region });
  const { EventSourceMappings } = await client.send(new ListEventSourceMappingsCommand({ FunctionName: names.function('feature-aggregator') }));
  const [mapping] = EventSourceMappings ?? [];
  if (!mapping) throw new CommandError(`The function ${names.function('feature-aggregator')} has no event source mapping.`, { next: `npx headrace deploy --env ${environment.name}` });
  return mapping;
};

export const isEnabled = ({ State }: EventSourceMappingConfiguration): boolean => State === 'Enabled' || State === 'Enabling' || State === 'Creating' || State === 'Updating';

/** Switches the mapping on, and waits until it is; AWS takes some seconds. */
export const enableAggregator = async (context: Context): Promise<void> => {
  const client = new LambdaClient({ region: context.environment.region });
  const { UUID } = await aggregatorMapping(context);
  await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  for (let attempt = 0; attempt < 120; attempt += 1) {
    const { State } = await client.send(new GetEventSourceMappingCommand({ UUID }));
    if (State === 'Enabled') return;
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  }
  throw new CommandError(`The event source mapping ${UUID} did not become Enabled within a minute.`, { next: 'look at its state with aws lambda get-event-source-mapping' });
};
