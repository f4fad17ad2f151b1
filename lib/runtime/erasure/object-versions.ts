import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3';

/** A version of an object that holds bytes. */
export interface ObjectVersion { readonly id: string; readonly isCurrent: boolean }

/** An object with all its versions; one whose newest version says that it is deleted has no current one. */
export interface VersionedObject { readonly key: string; readonly versions: readonly ObjectVersion[] }

/** A version as it is stored. */
export interface StoredVersion {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** Why it may not be deleted, and until when; absent when it may. */
  readonly held?: string;
}

/** Objects of one bucket with all that was replaced or deleted in it. */
export interface ObjectVersions {
  /** Objects below a prefix, in the order of their keys, from the first after `after`. */
  readonly list: (prefix: string, after?: string) => AsyncIterable<VersionedObject>;
  /** A version; without one, the current one. */
  readonly get: (key: string, version?: string) => Promise<StoredVersion>;
  readonly put: (key: string, body: Uint8Array, contentType: string | undefined) => Promise<void>;
  /** Deletes a version for good; without one, says that the object is deleted, and keeps its versions. */
  readonly remove: (key: string, version?: string) => Promise<void>;
}

interface Locks { readonly ObjectLockLegalHoldStatus?: string | undefined; readonly ObjectLockMode?: string | undefined; readonly ObjectLockRetainUntilDate?: Date | undefined }

const heldBy = ({ ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetainUntilDate }: Locks): string | undefined => {
  if (ObjectLockLegalHoldStatus === 'ON') return 'a legal hold, until it is lifted';
  if (ObjectLockRetainUntilDate === undefined || ObjectLockRetainUntilDate.getTime() <= Date.now()) return undefined;
  return `an object lock (${ObjectLockMode ?? 'of no mode'}), until ${ObjectLockRetainUntilDate.toISOString()}`;
};

/** S3 names the version `null` that was written before the bucket kept versions. */
const unversioned = 'null';

/** Pages of versions, in the order of their keys. */
const pagesOf = async function* pages(client: S3Client, bucket: string, prefix: string, after: string | undefined): AsyncGenerator<ListObjectVersionsCommandOutput> {
  let [key, version] = [after, undefined as string | undefined];
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...(key === undefined ? {} : { KeyMarker: key }), ...(version === undefined ? {} : { VersionIdMarker: version }) }));
    yield page;
    if (page.IsTruncated !== true) return;
    [key, version] = [page.NextKeyMarker, page.NextVersionIdMarker];
  }
};

/** All versions of the objects of an S3 bucket. */
export const objectVersionsIn = (client: S3Client, bucket: string): ObjectVersions => ({
  list: async function* list(prefix, after) {
    let [key, versions]: [string | undefined, ObjectVersion[]] = [undefined, []];
    for await (const { Versions = [] } of pagesOf(client, bucket, prefix, after))
      for (const { Key, VersionId = unversioned, IsLatest = true } of Versions) {
        if (Key !== key) {
          if (key !== undefined) yield { key, versions };
          [key, versions] = [Key, []];
        }
        versions.push({ id: VersionId, isCurrent: IsLatest });
      }
    if (key !== undefined) yield { key, versions };
  },
  get: async (key, version) => {
    const { Body, ContentType, ...locks } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(version === undefined || version === unversioned ? {} : { VersionId: version }) }));
    const held = heldBy(locks);
    return { body: Buffer.from(await Body?.transformToByteArray() ?? []), contentType: ContentType, ...(held === undefined ? {} : { held }) };
  },
  put: async (key, body, contentType) => { await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...(contentType === undefined ? {} : { ContentType: contentType }) })); },
  remove: async (key, version) => { await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, ...(version === undefined ? {} : { VersionId: version }) })); },
});
