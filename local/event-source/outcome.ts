import type { StreamRecord } from './record';
import { compareSequence } from './record';

/**
 * How an invocation ended.
 *
 * - `done`: the whole batch
 * - `partly`: all records before the one with `failed`, the lowest that the function reported; where `remaining` says which ones, all but those
 * - `failed`: the function ran and failed, or reported failures that make no sense
 * - `not-run`: the function was throttled or could not be reached; it does not count as an attempt
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'partly'; readonly failed: string; readonly remaining?: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly functionError: string }
  | { readonly kind: 'not-run'; readonly reason: string };

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/**
 * Reads what a function answered to a batch, when its mapping reports item failures.
 *
 * Success: no answer, null, an empty object, `batchItemFailures` null or empty. Complete failure: an identifier that is
 * empty, null, misnamed, or of no record in the batch. Otherwise the lowest reported sequence number is the checkpoint.
 * Source: AWS Lambda developer guide, "Configuring partial batch response with Kinesis Data Streams and Lambda".
 *
 * @param answer the function's answer, parsed; undefined when it was empty
 */
export const outcomeOf = (answer: unknown, records: readonly StreamRecord[]): Outcome => {
  if (answer === undefined || answer === null) return { kind: 'done' };
  if (!isObject(answer)) return { kind: 'done' };
  const failures = answer['batchItemFailures'];
  if (failures === undefined || failures === null) return { kind: 'done' };
  if (!Array.isArray(failures)) return { kind: 'failed', functionError: 'batchItemFailures is not a list' };
  const known = new Set(records.map((record) => record.sequence));
  const identifiers: string[] = [];
  for (const failure of failures as readonly unknown[]) {
    const identifier = isObject(failure) ? failure['itemIdentifier'] : undefined;
    if (typeof identifier !== 'string' || !known.has(identifier))
      return { kind: 'failed', functionError: `itemIdentifier ${JSON.stringify(identifier ?? null)} is not a sequence number of the batch` };
    identifiers.push(identifier);
  }
  const [failed] = identifiers.sort(compareSequence);
  return failed === undefined ? { kind: 'done' } : { kind: 'partly', failed };
};
