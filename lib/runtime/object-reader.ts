import type { AwsService } from './aws-request';
import { send } from './aws-request';
import { ServiceFault, isPassing } from './aws-json';
import type { RetryEffects } from './retry';
import { realEffects, retrying } from './retry';

/** Reads whole objects of one bucket. */
export interface ObjectReader {
  /**
   * @returns the object's bytes; `undefined` when there is no such object
   * @throws ServiceFault when S3 refuses; Error when no answer came
   */
  readonly read: (key: string) => Promise<Uint8Array | undefined>;
}

const limits = { timeoutMilliseconds: 10_000, attempts: 4, baseMilliseconds: 50, longestMilliseconds: 1000 };
const codeOf = (body: Buffer): string => /<Code>([^<]*)<\/Code>/u.exec(body.toString('utf8', 0, 2000))?.[1] ?? 'Unknown';

/** Objects of an S3 bucket. */
export const objectReader = (bucket: string, service: AwsService, effects: RetryEffects = realEffects): ObjectReader => ({
  read: (key) => retrying(async () => {
    const path = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
    const reply = await send(service, { method: 'GET', path, headers: {}, body: '' }, limits);
    if (reply.status === 200) return reply.body;
    const code = codeOf(reply.body);
    if (reply.status === 404 && code !== 'NoSuchBucket') return undefined;
    throw new ServiceFault(`GetObject s3://${bucket}/${key}`, reply.status, { __type: code });
  }, isPassing, limits, effects),
});
