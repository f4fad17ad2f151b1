import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Environment } from '../../core/environment/environment';
import type { Names } from '../../core/environment/names';
import type { OutgoingRecord } from './event-producer';
import { putRecords } from './event-producer';
import { writeEvents } from './event-writer';

/** Puts records where an environment takes events, in their order; throws when they are not taken. */
export type EventSink = (records: readonly OutgoingRecord[]) => Promise<void>;

/** Where a deployed environment takes events: its stream or, where a topic is out of reach in the brokers' network, its event writer. */
export const eventSinkOf = ({ environment, names }: { readonly environment: Pick<Environment, 'region' | 'ingestion'>; readonly names: Pick<Names, 'stream' | 'eventWriter'> }): EventSink => {
  if (environment.ingestion === 'kinesis') {
    const client = new KinesisClient({ region: environment.region });
    return (records) => putRecords(client, names.stream, records);
  }
  const client = new LambdaClient({ region: environment.region });
  return async (records) => { await writeEvents(client, names.eventWriter, records); };
};
