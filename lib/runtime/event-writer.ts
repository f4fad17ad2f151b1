import type { LambdaClient } from '@aws-sdk/client-lambda';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { sizeOfRecord, type OutgoingRecord } from './event-producer';
import { groupsWithin } from './groups-within';
import { writeRequest, type BehindAnswer, type BehindRequest, type WriteAnswer } from './write-request';

/** Lambda takes 6 MB in a call that waits, and 1 MB in one that does not (Lambda quotas); base64 adds a third, and some room is left. */
const mostBytes = 3_000_000;
const mostRecords = 2000;

/** Asks the event writer, and waits for its answer. */
const ask = async (client: LambdaClient, functionName: string, request: unknown, what: string): Promise<unknown> => {
  const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }));
  const answer = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) throw new Error(`The event writer ${functionName} could not ${what} (${FunctionError}): ${answer}. Its log says more; try it again.`);
  return JSON.parse(answer) as unknown;
};

/**
 * Puts records on the topic of an environment by its event writer, the one function that can reach the brokers, in their order.
 *
 * @returns where each was put, in their order
 * @throws Error when the writer fails: what it had taken may be there, and is known by its ids when it is put again
 */
export const writeEvents = async (client: LambdaClient, functionName: string, records: readonly OutgoingRecord[]): Promise<WriteAnswer['places']> => {
  const places: WriteAnswer['places'][number][] = [];
  for (const group of groupsWithin(records, sizeOfRecord, mostBytes, mostRecords)) {
    const answer = await ask(client, functionName, writeRequest(group), `put ${group.length} records on the topic`) as WriteAnswer;
    places.push(...answer.places);
  }
  return places;
};

/**
 * How far somebody is behind the topic of an environment.
 *
 * @throws Error when the writer fails
 */
export const behindTopicOf = async (client: LambdaClient, functionName: string, request: BehindRequest): Promise<BehindAnswer['partitions']> =>
  (await ask(client, functionName, request, 'tell how far behind the topic somebody is') as BehindAnswer).partitions;
