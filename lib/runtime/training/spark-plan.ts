import { dayText } from '../../../core/event/time';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { canonicalJson, sha256 } from '../../../core/manifest/hash';
import type { Sample } from '../../../core/training/sample';
import { sampleProblem } from '../../../core/training/sample';
import { latenessQuery, sparkLeakPlan } from '../../../core/training/spark/leak-plan';
import { sparkTrainingSetPlan } from '../../../core/training/spark/training-set-plan';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { droppedQuery, lookupsOf } from '../../../core/training/training-set-plan';
import { leakSampleRows, leakTables } from '../../../core/training/leak-plan';
import { reachOf } from './build';
import type { TrainingPlace } from './place';
import { TrainingRefused } from './refused';
import { listedSource } from './spark-sources';

/** Which rows of a model are wanted. */
export interface WantedRows {
  /** Inclusive, epoch milliseconds. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly sample?: Sample;
  /** Compares all rows by event time, and not some twenty thousand. */
  readonly comparesAll?: boolean;
}

/** What the Spark job is asked for, but for where it is to write. */
export interface SparkPlan {
  /** Tells what is made: the same events, batches, definitions and range are the same. */
  readonly identity: string;
  readonly rawHash: string;
  readonly rawObjects: number;
  /** The request of a build whose work stands below a URI. */
  readonly request: (work: string) => object;
}

/** Directories below a build's work: of rows, and of those that are compared by event time, as event time alone would have them. */
export const sparkRowsDirectory = 'rows';
export const sparkLeakDirectory = 'leak';

/**
 * Lists what of raw a model's rows are made from, and compiles the definitions for Spark. Nothing is brought here.
 *
 * @throws TrainingRefused when they cannot be made of what is there
 */
export const planOnSpark = async (place: TrainingPlace, model: ModelDefinition, { from, to, sample, comparesAll = false }: WantedRows): Promise<SparkPlan> => {
  const { manifest } = place;
  if (model.examples.from.kind !== 'event') throw new TrainingRefused(`The examples of the model ${versionedName(model)} come from the dataset ${versionedName(model.examples.from)}; a row of a training set is an event.`, { isWrongUse: true });
  const { label } = model.examples;
  const problem = sample === undefined ? undefined : sampleProblem(sample, label.scalar);
  if (problem !== undefined) throw new TrainingRefused(problem, { isWrongUse: true });
  const ofFeatures = lookupsOf({ manifest, model }).map(({ view }) => view.from);
  const sources = [...new Map([model.examples.from, ...(label.kind === 'happens' ? [label.outcome] : []), ...ofFeatures].map((source) => [versionedName(source), source])).values()];
  const range = { earliest: Math.max(0, from - reachOf(manifest, model)), from, to };
  const listed = await Promise.all(sources.map((source, index) => listedSource(place, source, range, `records_${index}`)));
  const events = listed.filter(({ isEvent }) => isEvent);
  if (events.every(({ content }) => content.length === 0)) throw new TrainingRefused(`The raw zone of ${place.environment} holds nothing of ${events.map(({ name }) => name).join(', ')} from ${dayText(range.earliest)} to ${dayText(to)}.`, { next: 'bring a history in: npx headrace import FILE --as TYPE' });
  const keys = listed.flatMap(({ content }) => content);
  const rawHash = sha256(keys.join('\n'));
  const input: TrainingSetPlanInput = { manifest, model, ...(sample === undefined ? {} : { sample }), records: (source) => {
    const found = listed.find(({ name }) => name === versionedName(source));
    if (!found) throw new Error(`No records of ${versionedName(source)} were listed.`);
    return { table: found.view, lateness: 0 };
  } };
  const examples = { from, to, knownUntil: to };
  const leak = sparkLeakPlan(input, sources.filter((source) => ofFeatures.some((each) => versionedName(each) === versionedName(source))), examples, comparesAll ? Infinity : leakSampleRows);
  return {
    identity: sha256(canonicalJson({ builder: 'spark 3', rawHash, from, to, model: model.hash, inputs: model.inputsHash, manifest: manifest.hash, ...(sample === undefined ? {} : { sample }), comparesAll })),
    rawHash, rawObjects: keys.length,
    request: (work) => ({
      work: 'training set', of: versionedName(model), target: `${work}${sparkRowsDirectory}`,
      lines: listed.flatMap(({ lines }) => lines).map(({ view, schema, keys: objects }) => ({ view, schema, uris: objects.map((key) => `s3://${place.rawBucket}/${key}`) })),
      statements: [...listed.flatMap(({ statements }) => statements), ...sparkTrainingSetPlan(input, examples)],
      dropped: droppedQuery, rows: 'SELECT * FROM examples', lateness: latenessQuery(events.map(({ view }) => view)),
      ...(leak === undefined ? {} : { leak: { ...leak, rows: `SELECT * FROM ${leakTables.examples}`, target: `${work}${sparkLeakDirectory}` } }),
    }),
  };
};
