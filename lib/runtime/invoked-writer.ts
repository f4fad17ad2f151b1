import { sizeOfRecord, type OutgoingRecord } from './event-producer';
import { groupsWithin } from './groups-within';
import { writeRequest, type WriteAnswer } from './write-request';

/** Lambda takes 6 MB in a call that waits, and 1 MB in one that does not (Lambda quotas); base64 adds a third, and some room is left. */
const mostBytes = 3_000_000;
const mostRecords = 2000;

/** Invokes a function and waits for its answer; `fault` says of what kind it is when it is one. */
export type Invoke = (functionName: string, payload: string) => Promise<{ readonly fault: string | undefined; readonly answer: string }>;

/** Asks a writer, and waits for its answer. */
export const askWriter = async (invoke: Invoke, functionName: string, request: unknown, what: string): Promise<unknown> => {
  const { fault, answer } = await invoke(functionName, JSON.stringify(request));
  if (fault !== undefined) throw new Error(`The event writer ${functionName} could not ${what} (${fault}): ${answer}. Its log says more; try it again.`);
  return JSON.parse(answer) as unknown;
};

/**
 * Puts records on a topic by the function that can reach its brokers, in their order.
 *
 * @returns where each was put, in their order
 * @throws Error when the writer fails: what it had taken may be there, and is known by its ids when it is put again
 */
export const writeEventsBy = async (invoke: Invoke, functionName: string, records: readonly OutgoingRecord[]): Promise<WriteAnswer['places']> => {
  const places: WriteAnswer['places'][number][] = [];
  for (const group of groupsWithin(records, sizeOfRecord, mostBytes, mostRecords)) {
    const answer = await askWriter(invoke, functionName, writeRequest(group), `put ${group.length} records on the topic`) as WriteAnswer;
    places.push(...answer.places);
  }
  return places;
};
