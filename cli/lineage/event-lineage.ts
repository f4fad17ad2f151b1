import { gunzipSync } from 'node:zlib';
import { positionOf } from '../../core/event/position';
import { spansPosition } from '../../core/lake/object';
import type { ModelDefinition, Manifest, ViewDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { CuratedTable } from '../../core/lake/table';
import type { ObjectStore } from '../../lib/runtime/object-store';
import type { RunEvent } from './run-events';

/** A row of a curated table, by the columns that say where it came from. */
export interface TracedRow {
  readonly id: string;
  readonly source: string;
  /** ISO 8601. */
  readonly time: string;
  readonly knownAt: string;
  readonly arrival: string;
  readonly position: string;
  readonly contract: string;
  readonly contractHash: string;
  readonly manifestHash: string;
  readonly batch: string | null;
}

/** Where the line of an event stands in raw. */
export interface RawLine { readonly key: string; /** From 1. */ readonly line: number; readonly text: string }

/** What a prediction was made from: the model's file by its version, and the views it read in each slot with where their state stood. */
export interface PredictionLineage { readonly model: string; readonly modelVersion: string; readonly watermarks: Readonly<Record<string, unknown>> }

/** What an event came from and what it went into. */
export interface EventLineage {
  readonly row: TracedRow;
  /** Of a prediction. */
  readonly madeBy?: PredictionLineage;
  /** Every object of raw that holds it: raw holds what arrives at least once. */
  readonly from: readonly RawLine[];
  readonly into: { readonly table: string; readonly runs: readonly string[]; readonly views: readonly string[]; readonly models: readonly string[] };
}

/** Where in raw the objects of a row stand: by contract and by the day of known-at; the hour is that of an object's first event. */
const rawFolderOf = ({ contract, knownAt }: Pick<TracedRow, 'contract' | 'knownAt'>): string =>
  `raw/${contract.replace('@', '/')}/dt=${new Date(knownAt).toISOString().slice(0, 10)}/`;

/** The lines of raw that hold a row's event. */
const rawLinesOf = async (raw: ObjectStore, row: TracedRow): Promise<readonly RawLine[]> => {
  const position = positionOf(row.position);
  const found: RawLine[] = [];
  for await (const { key } of raw.list(rawFolderOf(row))) {
    if (spansPosition(key, position) !== true) continue;
    const object = await raw.get(key);
    if (object === undefined) continue;
    const lines = gunzipSync(object).toString('utf8').split('\n');
    const line = lines.findIndex((text) => text.includes(row.position) && (JSON.parse(text) as { lineage: { position: string } }).lineage.position === row.position);
    const text = lines[line];
    if (text !== undefined) found.push({ key, line: line + 1, text });
  }
  return found;
};

const readsView = (model: ModelDefinition, view: ViewDefinition): boolean => {
  const text = JSON.stringify(model.inputs);
  return text.includes(`"view":"${view.name}","version":${view.version},`);
};

/** The feature views that fold an event type, and the models that read those or learn from the type. */
const readersOf = ({ views, models }: Pick<Manifest, 'views' | 'models'>, eventType: string): Pick<EventLineage['into'], 'views' | 'models'> => {
  const folding = Object.values(views).filter(({ from }) => from.kind === 'event' && from.name === eventType);
  return {
    views: folding.map(versionedName),
    models: Object.values(models).filter((model) => model.examples.from.name === eventType || folding.some((view) => readsView(model, view))).map(versionedName),
  };
};

/** The runs that took objects of raw into the table. */
const runsOf = (events: readonly RunEvent[], keys: ReadonlySet<string>): readonly string[] =>
  [...new Set(events.flatMap(({ run: { runId, facets } }) => ((facets['headrace_objects']?.['objects'] as readonly string[] | undefined) ?? []).some((key) => keys.has(key)) ? [runId] : []))];

const predictions = 'prediction.';

/** What the event of a prediction says of how it was made. */
const predictionOf = (row: TracedRow, text: string | undefined): PredictionLineage | undefined => {
  if (text === undefined || !row.contract.startsWith(predictions)) return undefined;
  const { event: { data } } = JSON.parse(text) as { event: { data: { modelVersion?: unknown; watermarks?: unknown } } };
  if (typeof data.modelVersion !== 'string') return undefined;
  return { model: row.contract.slice(predictions.length), modelVersion: data.modelVersion, watermarks: typeof data.watermarks === 'string' ? JSON.parse(data.watermarks) as Record<string, unknown> : {} };
};

/** Follows a row of a curated table back to its bytes in raw, and on to what is made of it. */
export const eventLineage = async (manifest: Pick<Manifest, 'views' | 'models'>, table: CuratedTable, row: TracedRow, raw: ObjectStore, runEvents: (job: string, from: string) => Promise<readonly RunEvent[]>): Promise<EventLineage> => {
  const from = await rawLinesOf(raw, row);
  const runs = runsOf(await runEvents(`compact.${table.of}`, row.arrival), new Set(from.map(({ key }) => key)));
  const madeBy = predictionOf(row, from[0]?.text);
  return { row, ...(madeBy === undefined ? {} : { madeBy }), from, into: { table: table.name, runs, ...readersOf(manifest, table.of) } };
};
