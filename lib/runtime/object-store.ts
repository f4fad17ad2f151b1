import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { awsService } from './aws-request';
import type { ObjectWriter } from './object-writer';
import { objectWriter } from './object-writer';

/** An object as a listing shows it. */
interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly modified: number;
}

/** Objects of one bucket, for programs that do more than write. */
export interface ObjectStore extends ObjectWriter {
  /** @returns the object's bytes; undefined when there is no such object */
  readonly get: (key: string) => Promise<Buffer | undefined>;
  /** Objects below a prefix, in the order of their keys. */
  readonly list: (prefix: string) => AsyncIterable<ListedObject>;
  readonly remove: (key: string) => Promise<void>;
}

/**
 * Objects of an S3 bucket, with the SDK's client and whatever credentials it finds. Lambdas that only write use
 * {@link objectWriter}, which starts faster.
 */
export const s3Objects = (client: S3Client, bucket: string): ObjectStore => ({
  writeOnce: objectWriter(bucket, awsService('s3', () => client.config.credentials())).writeOnce,
  get: async (key) => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Body && Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  },
  list: async function* list(prefix) {
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }))
      for (const { Key, Size, LastModified } of page.Contents ?? []) if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, modified: LastModified?.getTime() ?? 0 };
  },
  remove: async (key) => { await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })); },
});
