import type { LambdaClient } from '@aws-sdk/client-lambda';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { OutgoingRecord } from './event-producer';
import { askWriter, writeEventsBy, type Invoke } from './invoked-writer';
import type { BehindAnswer, BehindRequest, WriteAnswer } from './write-request';

const invokeWith = (client: LambdaClient): Invoke => async (functionName, payload) => {
  const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: payload }));
  return { fault: FunctionError, answer: Buffer.from(Payload ?? []).toString('utf8') };
};

/**
 * Puts records on the topic of an environment by its event writer, the one function that can reach the brokers, in their order.
 *
 * @returns where each was put, in their order
 * @throws Error when the writer fails: what it had taken may be there, and is known by its ids when it is put again
 */
export const writeEvents = async (client: LambdaClient, functionName: string, records: readonly OutgoingRecord[]): Promise<WriteAnswer['places']> =>
  await writeEventsBy(invokeWith(client), functionName, records);

/**
 * How far somebody is behind the topic of an environment.
 *
 * @throws Error when the writer fails
 */
export const behindTopicOf = async (client: LambdaClient, functionName: string, request: BehindRequest): Promise<BehindAnswer['partitions']> =>
  (await askWriter(invokeWith(client), functionName, request, 'tell how far behind the topic somebody is') as BehindAnswer).partitions;
