import type { AwsService, RequestLimit } from './aws-request';
import { send } from './aws-request';
import type { RetryEffects, RetryPolicy } from './retry';
import { realEffects, retrying } from './retry';

/** A fault that a service answered with; `code` is the name in its API reference, such as `ConditionalCheckFailedException`. */
export class ServiceFault extends Error {
  readonly code: string;
  readonly status: number;
  /** The whole answer: some faults carry data. */
  readonly answer: Readonly<Record<string, unknown>>;
  constructor(operation: string, status: number, answer: Readonly<Record<string, unknown>>) {
    const type = typeof answer['__type'] === 'string' ? answer['__type'] : `status ${status}`;
    const code = type.slice(type.lastIndexOf('#') + 1);
    const message = answer['message'] ?? answer['Message'];
    super(`${operation} was refused: ${code}${typeof message === 'string' ? `: ${message}` : ''}`);
    this.name = 'ServiceFault';
    this.code = code;
    this.status = status;
    this.answer = answer;
  }
}

const passingFaults: ReadonlySet<string> = new Set([
  'ThrottlingException', 'Throttling', 'ThrottledException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded',
  'TransactionInProgressException', 'KMSThrottlingException', 'InternalFailure', 'InternalServerError', 'ServiceUnavailable',
]);

/** Whether the same call can succeed later: no answer at all, a fault of the service's own, or too many calls. */
export const isPassing = (error: unknown): boolean => !(error instanceof ServiceFault) || error.status >= 500 || error.status === 429 || passingFaults.has(error.code);

/** An operation of a service that speaks JSON: DynamoDB `1.0`, Kinesis `1.1`. */
export interface JsonOperation { readonly target: string; readonly jsonVersion: '1.0' | '1.1' }

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const parsed = (body: Buffer): Readonly<Record<string, unknown>> => {
  if (body.length === 0) return {};
  const value: unknown = JSON.parse(body.toString('utf8'));
  return isRecord(value) ? value : {};
};

/** An answer's fault may come as HTML from a proxy in between; its text is no use to anyone. */
const parsedFault = (body: Buffer): Readonly<Record<string, unknown>> => {
  try { return parsed(body); } catch { return {}; }
};

/**
 * Calls an operation, again after faults that pass.
 *
 * @returns the answer's members
 * @throws ServiceFault when the service refuses; Error when no answer came in time
 */
export const callJson = async (service: AwsService, operation: JsonOperation, input: unknown, limits: RequestLimit & RetryPolicy, effects: RetryEffects = realEffects): Promise<Readonly<Record<string, unknown>>> => {
  const body = JSON.stringify(input);
  const headers = { 'content-type': `application/x-amz-json-${operation.jsonVersion}`, 'x-amz-target': operation.target };
  return await retrying(async () => {
    const reply = await send(service, { method: 'POST', path: '/', headers, body }, limits);
    if (reply.status !== 200) throw new ServiceFault(operation.target, reply.status, parsedFault(reply.body));
    return parsed(reply.body);
  }, isPassing, limits, effects);
};
