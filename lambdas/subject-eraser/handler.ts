import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import manifest from '@generated/manifest';
import { together } from '../../core/erasure/finding';
import { pseudonymsOf } from '../../core/erasure/pseudonyms';
import type { ErasureReceipt } from '../../core/erasure/receipt';
import { isErasureName, receiptKeyOf, requestKeyOf } from '../../core/erasure/request';
import type { StoreOrder } from '../../core/erasure/stores';
import type { Subject } from '../../core/erasure/subject';
import type { Tombstone } from '../../core/erasure/tombstone';
import { pseudonymsUnder } from '../../core/model/pseudonym';
import { awsService } from '../../lib/runtime/aws-request';
import { objectVersionsIn } from '../../lib/runtime/erasure/object-versions';
import { sweepStores } from '../../lib/runtime/erasure/sweep-stores';
import { logger } from '../../lib/runtime/logging';
import { parametersBelow } from '../../lib/runtime/parameters-below';
import { madePseudonymKey } from '../../lib/runtime/pseudonym-key';
import { readVariables } from '../../lib/runtime/variables';
import { begin, subjectOf, type Begin, type Begun } from './begin';
import { judge, type Judge, type Judged } from './judge';

const { CURATED_BUCKET, FAILURES_BUCKET, PSEUDONYM_KEY, QUARANTINE_BUCKET, RAW_BUCKET, STATE_TABLE, STREAM_RETENTION_HOURS, STATE_IS_RECOVERABLE, TOMBSTONES_PATH } = readVariables('CURATED_BUCKET', 'FAILURES_BUCKET', 'PSEUDONYM_KEY', 'QUARANTINE_BUCKET', 'RAW_BUCKET', 'STATE_TABLE', 'STREAM_RETENTION_HOURS', 'STATE_IS_RECOVERABLE', 'TOMBSTONES_PATH');

const [s3, ssm] = [new S3Client({}), new SSMClient({})];
const curated = objectVersionsIn(s3, CURATED_BUCKET);
const stores = sweepStores({ manifest, raw: objectVersionsIn(s3, RAW_BUCKET), quarantine: objectVersionsIn(s3, QUARANTINE_BUCKET), failures: objectVersionsIn(s3, FAILURES_BUCKET), client: new DynamoDBClient({}), stateTable: STATE_TABLE });
const streamRetentionHours = Number(STREAM_RETENTION_HOURS);

const textAt = async (key: string): Promise<string | undefined> => {
  try {
    return (await curated.get(key)).body.toString('utf8');
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
};

const parameterOf = (erasure: string): string => `${TOMBSTONES_PATH}/${erasure}`;
const tombstones = {
  all: async () => (await parametersBelow(awsService('ssm'), TOMBSTONES_PATH)).map(([, text]) => JSON.parse(text) as Tombstone),
  put: async (tombstone: Tombstone) => { await ssm.send(new PutParameterCommand({ Name: parameterOf(tombstone.erasure), Value: JSON.stringify(tombstone), Type: 'String', Description: 'Whose records of the stream are passed over, until the stream keeps them no more' })); },
  remove: async (erasure: string) => { await ssm.send(new DeleteParameterCommand({ Name: parameterOf(erasure) })); },
};

/** A sweep ends when less is left, and goes on in the next invocation. */
const leastMilliseconds = 120_000;

/** Looks into a store until it is done or the time is over. */
const look = async (order: StoreOrder, subject: Subject, context: Context): Promise<StoreOrder> => {
  const { found, next } = await (stores[order.store] ?? noStore(order.store))({ subject, erases: order.erases, hasTime: () => context.getRemainingTimeInMillis() > leastMilliseconds, ...(order.after === undefined ? {} : { after: order.after }) });
  const { after: _former, ...rest } = order;
  logger.info('looked', { erasure: order.erasure, store: order.store, records: found.records, isDone: next === undefined });
  return { ...rest, found: together(order.found, found), isDone: next === undefined, ...(next === undefined ? {} : { after: next }) };
};

const noStore = (name: string): never => { throw new Error(`there is no store '${name}'; the state machine is of another release: deploy again.`); };

const forget = async (erasure: string): Promise<void> => {
  for await (const { key, versions } of curated.list(requestKeyOf(erasure))) for (const { id } of versions) await curated.remove(key, id);
};

/** Writes what stands for the subject in logs of predictions into the request, so that everybody who looks for one looks for the other; done again, it changes nothing. */
const withPseudonyms = async (subject: Subject, text: string, erasure: string): Promise<Subject> => {
  const request = JSON.parse(text) as Subject & { readonly pseudonyms?: readonly string[] };
  if (request.pseudonyms !== undefined) return subject;
  const key = await madePseudonymKey(awsService('ssm'), PSEUDONYM_KEY);
  if (key === undefined) return subject;
  const pseudonyms = pseudonymsOf(subject, pseudonymsUnder(key));
  await curated.put(requestKeyOf(erasure), Buffer.from(JSON.stringify({ ...request, pseudonyms })), 'application/json');
  return { ...subject, identifiers: [...subject.identifiers, ...pseudonyms] };
};

const settings = { manifest, streamRetentionHours, now: Date.now } as const;

/** A step of an erasure: the first, one look into a store, or the last of a round. */
export const handler = async (event: Begin | StoreOrder | Judge, context: Context): Promise<Begun | StoreOrder | Judged> => {
  const { erasure } = 'step' in event && event.step === 'begin' ? event.given : event;
  if (!isErasureName(erasure)) throw new Error(`'${erasure}' names no erasure: letters, digits and hyphens, at most 60.`);
  if ('step' in event && event.step === 'judge') return await judge(event, {
    ...settings, isRecoverable: STATE_IS_RECOVERABLE === 'true',
    readReceipt: async () => { const text = await textAt(receiptKeyOf(erasure)); return text === undefined ? undefined : JSON.parse(text) as ErasureReceipt; },
    writeReceipt: async (receipt) => { await curated.put(receiptKeyOf(erasure), Buffer.from(`${JSON.stringify(receipt, null, 1)}\n`), 'application/json'); },
    forget: async () => { await forget(erasure); },
  });
  const text = await textAt(requestKeyOf(erasure));
  const subject = subjectOf(text, erasure, manifest);
  return 'step' in event ? await begin(event, await withPseudonyms(subject, text ?? '', erasure), { ...settings, tombstones, salt: () => randomBytes(16).toString('hex') }) : await look(event, subject, context);
};
