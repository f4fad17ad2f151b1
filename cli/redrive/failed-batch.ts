/** A record as Lambda hands it over; what else it holds is passed on as it is. */
export interface FailedRecord { readonly kinesis: { readonly sequenceNumber: string } }

/** A batch that no retry could process, as the mapping's on-failure destination keeps it. */
export interface FailedBatch {
  readonly functionArn: string;
  /** Why the mapping gave it up, such as `RetryAttemptsExhausted`. */
  readonly condition: string;
  readonly attempts: number;
  readonly shard: string;
  /** When the first of its records arrived, as it is written there. */
  readonly firstArrival: string;
  readonly records: readonly FailedRecord[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isRecord = (value: unknown): value is FailedRecord & Json => isObject(value) && isObject(value['kinesis']) && typeof value['kinesis']['sequenceNumber'] === 'string';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The invocation's event: text in the document, or the document's own member. */
const payloadOf = (payload: unknown): unknown => (typeof payload === 'string' ? JSON.parse(payload) as unknown : payload);

/**
 * Reads an object that Lambda wrote into the failures bucket.
 * Source: AWS Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams event source".
 *
 * @throws Error when it is no such object, or holds no records
 */
export const readFailedBatch = (content: string): FailedBatch => {
  const document: unknown = JSON.parse(content);
  const [request, info] = isObject(document) ? [document['requestContext'], document['KinesisBatchInfo']] : [];
  if (!isObject(document) || !isObject(request) || !isObject(info)) throw new Error('it is not what Lambda writes about a failed batch of a stream');
  const payload = payloadOf(document['payload']);
  const records: unknown = isObject(payload) ? payload['Records'] : undefined;
  if (!Array.isArray(records) || records.length === 0 || !records.every(isRecord)) throw new Error('it holds no records of a stream');
  return {
    functionArn: text(request['functionArn']), condition: text(request['condition']), attempts: Number(request['approximateInvokeCount'] ?? 0),
    shard: text(info['shardId']), firstArrival: text(info['approximateArrivalOfFirstRecord']), records,
  };
};

/** A function by its name and, where the ARN has one, its version or alias: `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`. */
export const functionIn = (arn: string): { readonly name: string; readonly qualifier: string | undefined } => {
  const [, , , , , , name = '', qualifier] = arn.split(':');
  return { name, qualifier };
};
