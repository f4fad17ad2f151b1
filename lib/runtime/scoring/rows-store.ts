import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, HeadObjectCommand, NoSuchKey, NotFound, type S3Client } from '@aws-sdk/client-s3';

/** Files of rows that somebody put into a bucket; they may be larger than memory. */
export interface RowsStore {
  /** S3's mark of an object's bytes; undefined when there is no such object. */
  readonly tag: (key: string) => Promise<string | undefined>;
  /**
   * Brings an object here.
   *
   * @returns false when there is no such object, or it has other bytes than the mark says
   */
  readonly bring: (key: string, tag: string, file: string) => Promise<boolean>;
}

const preconditionFailed = 412;
const statusOf = (error: unknown): number | undefined => (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;

export const rowsIn = (client: S3Client, bucket: string): RowsStore => ({
  tag: async (key) => {
    try {
      return (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ETag;
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  },
  bring: async (key, tag, file) => {
    try {
      const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: tag }));
      if (!(Body instanceof Readable)) throw new Error(`the object ${key} of ${bucket} came without a body.`);
      await pipeline(Body, createWriteStream(file));
      return ETag === tag;
    } catch (error) {
      if (error instanceof NoSuchKey || statusOf(error) === preconditionFailed) return false;
      throw error;
    }
  },
});
