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
  /** Up to which records the states were folded, by `slot.view@vN`; undefined when they were not read in time. */
  readonly watermarks: ReadonlyMap<string, Marks> | undefined;
}

/** The event type of a model's predictions. */
export const predictionEvent = ({ events }: Pick<Manifest, 'events'>, model: ModelDefinition): EventDefinition => {
  const event = events[versionedName({ name: predictionEventName(model), version: model.version })];
  if (!event) throw new Error(`The manifest has no event type for the predictions of ${versionedName(model)}; compile the definitions again.`);
  return event;
};

/**
 * The watermarks that a prediction was logged with, `{"origin.airport_departures@v1":{"stream/shard":"sequence.subSequence"}}`.
 *
 * @throws Error for another text
 */
const readWatermarks = (text: string): ReadonlyMap<string, Marks> => new Map(Object.entries(JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>).map(([lookup, shards]) =>
  [lookup, new Map(Object.entries(shards).map(([shard, place]) => {
    const [between, dot] = [shard.lastIndexOf('/'), place.lastIndexOf('.')];
    if (between < 0 || dot < 0) throw new Error(`The watermark ${shard} ${place} of a prediction is not of the form source/shard sequence.sub-sequence.`);
    return [shard, positionText({ source: shard.slice(0, between), shard: shard.slice(between + 1), sequence: place.slice(0, dot), subSequence: Number(place.slice(dot + 1)) })];
  }))]));

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
