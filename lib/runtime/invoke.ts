import { isPassing, ServiceFault } from './aws-json';
import type { AwsService } from './aws-request';
import { send } from './aws-request';
import type { Invoke } from './invoked-writer';
import { realEffects, retrying } from './retry';

const limits = { timeoutMilliseconds: 60_000, attempts: 3, baseMilliseconds: 100, longestMilliseconds: 1000 };

/** Invokes functions without the SDK, for those on the path of an event (Lambda API reference, "Invoke"). */
export const invokeBy = (lambda: AwsService): Invoke => async (functionName, payload) => await retrying(async () => {
  const reply = await send(lambda, { method: 'POST', path: `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`, headers: { 'content-type': 'application/json' }, body: payload }, limits);
  if (reply.status !== 200) throw new ServiceFault(`Invoke ${functionName}`, reply.status, { __type: String(reply.headers['x-amzn-errortype'] ?? `status ${reply.status}`), message: reply.body.toString('utf8').slice(0, 500) });
  const fault = reply.headers['x-amz-function-error'];
  return { fault: typeof fault === 'string' ? fault : undefined, answer: reply.body.toString('utf8') };
}, isPassing, limits, realEffects);
