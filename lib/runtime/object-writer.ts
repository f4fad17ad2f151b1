import { ServiceFault, isPassing } from './aws-json';
import type { AwsService } from './aws-request';
import { send } from './aws-request';
import type { RetryEffects } from './retry';
import { realEffects, retrying } from './retry';

/** Writes objects of one bucket that are never changed. */
export interface ObjectWriter {
  /**
   * Writes an object unless there is one of that name.
   *
   * @returns whether it was written now or was there already; a write whose acknowledgement was lost is there already
   * @throws ServiceFault when S3 refuses; Error when no answer came
   */
  readonly writeOnce: (key: string, body: Uint8Array, contentType: string) => Promise<'written' | 'present'>;
}

const limits = { timeoutMilliseconds: 10_000, attempts: 4, baseMilliseconds: 50, longestMilliseconds: 1000 };

// Two writers at the same moment: one of them is told to try again, and then finds the other's object.
const conflict = 'ConditionalRequestConflict';
const canMend = (error: unknown): boolean => isPassing(error) || (error instanceof ServiceFault && error.code === conflict);

const codeOf = (body: Buffer): string => /<Code>([^<]*)<\/Code>/u.exec(body.toString('utf8', 0, 2000))?.[1] ?? 'Unknown';

/** The path of an object with its bucket, encoded as S3 signs it. */
const pathOf = (bucket: string, key: string): string =>
  `/${bucket}/${key.split('/').map((part) => encodeURIComponent(part).replaceAll(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)).join('/')}`;

/** Objects of an S3 bucket; encryption is the bucket's default. */
export const objectWriter = (bucket: string, service: AwsService, effects: RetryEffects = realEffects): ObjectWriter => ({
  writeOnce: (key, body, contentType) => retrying(async () => {
    const reply = await send(service, { method: 'PUT', path: pathOf(bucket, key), headers: { 'if-none-match': '*', 'content-type': contentType }, body }, limits);
    if (reply.status === 200) return 'written';
    if (reply.status === 412) return 'present';
    throw new ServiceFault(`PutObject s3://${bucket}/${key}`, reply.status, { __type: codeOf(reply.body) });
  }, canMend, limits, effects),
});
