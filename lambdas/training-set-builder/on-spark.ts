import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sparkWorkPrefix } from '../../core/lake/spark-work';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { s3Objects } from '../../lib/runtime/object-store';
import type { TrainingSet } from '../../lib/runtime/training/build';
import type { TrainingPlace } from '../../lib/runtime/training/place';
import { planOnSpark, type WantedRows } from '../../lib/runtime/training/spark-plan';
import { removeSparkRows, takeSparkRows } from '../../lib/runtime/training/spark-rows';
import { putRequest } from '../../lib/runtime/training/spark-run';
import type { BuiltSet, Refused } from './outcome';

/** What Spark is asked for: where the request stands, and where the work is. */
export type AskedSpark = { readonly outcome: 'done'; readonly request: string; readonly prefix: string; readonly rawHash: string; readonly rawObjects: number } | Refused;

/** Writes down what the Spark job is to do. Safe to do twice. */
export const askSpark = async (place: TrainingPlace, model: ModelDefinition, wanted: WantedRows, execution: string): Promise<AskedSpark> => {
  const { rawHash, rawObjects, request } = await planOnSpark(place, model, wanted);
  const [bucket, prefix] = [place.featuresBucket, `${sparkWorkPrefix}${execution}/`];
  return { outcome: 'done', request: await putRequest({ region: place.region, bucket, prefix }, request(`s3://${bucket}/${prefix}`)), prefix, rawHash, rawObjects };
};

/** Makes the set of the rows that Spark has left. Once it is made, its rows are removed, and whoever asks again is told the same. */
export const hearSpark = async (place: TrainingPlace, model: ModelDefinition, wanted: WantedRows, { prefix, rawHash, rawObjects }: Extract<AskedSpark, { outcome: 'done' }>, told: (set: TrainingSet) => BuiltSet): Promise<BuiltSet> => {
  const [client, key] = [new S3Client({ region: place.region }), `${prefix}built.json`];
  const already = await s3Objects(client, place.featuresBucket).get(key);
  const built = already === undefined ? told(await takeSparkRows(place, model, { ...wanted, prefix, rawHash, rawObjects }, place.directory)) : JSON.parse(already.toString('utf8')) as BuiltSet;
  if (already === undefined) await client.send(new PutObjectCommand({ Bucket: place.featuresBucket, Key: key, Body: JSON.stringify(built), ContentType: 'application/json' }));
  await removeSparkRows(place, prefix);
  return built;
};
