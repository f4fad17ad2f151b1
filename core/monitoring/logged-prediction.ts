import { positionText } from '../event/position';
import type { EpochMillis } from '../event/time';
import type { Row, Value } from '../expression/evaluate';
import type { EntityDefinition, EventDefinition, Manifest, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { inputFieldNames, keyFieldName, predictionEventName } from '../model/prediction-event';
import { fieldColumn } from '../training/expression-sql';
import type { Marks } from './watermark-chains';

/** A prediction as it stands in the log. */
export interface LoggedPrediction {
  readonly predictionId: string;
  readonly modelVersion: string;
  readonly moment: EpochMillis;
  /** When the stream took its event. */
  readonly arrival: EpochMillis;
  /** Keys of the entities, by slot. */
  readonly entities: Readonly<Record<string, Row>>;
  /** In the order of the model's inputs. */
  readonly inputs: readonly Value[];
  /** Up to which records the states were folded, by `slot.view@vN`; undefined when they were not read in time, or nobody can read them here. */
  readonly watermarks: ReadonlyMap<string, Marks> | undefined;
}

/** The event type of a model's predictions. */
export const predictionEvent = ({ events }: Pick<Manifest, 'events'>, model: ModelDefinition): EventDefinition => {
  const event = events[versionedName({ name: predictionEventName(model), version: model.version })];
  if (!event) throw new Error(`The manifest has no event type for the predictions of ${versionedName(model)}; compile the definitions again.`);
  return event;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try { return JSON.parse(text); } catch { return undefined; }
};

const readMark = ([shard, place]: readonly [string, unknown]): readonly [string, string] | undefined => {
  const between = shard.lastIndexOf('/');
  const [, sequence, subSequence] = typeof place === 'string' ? /^(\d{1,129})\.(\d{1,6})$/u.exec(place) ?? [] : [];
  return between < 0 || sequence === undefined ? undefined : [shard, positionText({ source: shard.slice(0, between), shard: shard.slice(between + 1), sequence, subSequence: Number(subSequence) })];
};

/**
 * The watermarks that a prediction was logged with, `{"origin.airport_departures@v1":{"stream/shard":"sequence.subSequence"}}`.
 *
 * @returns undefined for another text: whoever may put events can put one that looks like a prediction, and it must not keep the others from being looked at
 */
export const readWatermarks = (text: string): ReadonlyMap<string, Marks> | undefined => {
  const lookups = parsed(text);
  if (!isRecord(lookups)) return undefined;
  const found = new Map<string, Marks>();
  for (const [lookup, shards] of Object.entries(lookups)) {
    const marks = isRecord(shards) ? Object.entries(shards).map(readMark) : [undefined];
    if (marks.includes(undefined)) return undefined;
    found.set(lookup, new Map(marks.filter((mark) => mark !== undefined)));
  }
  return found;
};

/** How logged predictions are read from a table of them: the columns that are asked for, and a row of these as a prediction. */
export interface LoggedReader { readonly columns: readonly string[]; readonly read: (cells: readonly Value[]) => LoggedPrediction }

/** @param entities of the manifest, by name */
export const loggedReader = (model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>): LoggedReader => {
  const keys = Object.entries(model.entities).flatMap(([slot, name]) => Object.keys(entities[name]?.key ?? {}).map((key) => ({ slot, key })));
  const inputs = inputFieldNames(model, entities);
  const fixed = [...['predictionId', 'modelVersion', 'moment'].map(fieldColumn), 'arrival', fieldColumn('watermarks')];
  return {
    columns: [...fixed, ...keys.map(({ slot, key }) => fieldColumn(keyFieldName(slot, key))), ...inputs.map(fieldColumn)],
    read: ([predictionId, modelVersion, moment, arrival, watermarks, ...rest]) => {
      const rows: Record<string, Row> = {};
      for (const [index, { slot, key }] of keys.entries()) rows[slot] = { ...rows[slot], [key]: rest[index] ?? null };
      return {
        predictionId: String(predictionId), modelVersion: String(modelVersion), moment: Number(moment), arrival: Number(arrival), entities: rows,
        inputs: inputs.map((_name, index) => rest[keys.length + index] ?? null),
        watermarks: typeof watermarks === 'string' ? readWatermarks(watermarks) : undefined,
      };
    },
  };
};
