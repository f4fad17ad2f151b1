import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RecordHeader } from '../../core/event/record';
import { replayMarkOf } from '../../core/quarantine/mark';
import type { Original } from '../../core/quarantine/original';
import { isJsonObject } from '../../core/quarantine/original';
import type { Correction } from '../../core/quarantine/replay';
import type { QuarantineLine } from '../../core/lake/line';
import { canonicalJson, sha256 } from '../../core/manifest/hash';
import { CommandError } from '../command-error';

/** What a transform is told of a rejected event beside the event itself. */
export interface TransformContext {
  readonly position: string;
  readonly reason: QuarantineLine['reason'];
  /** JSON pointer to what is wrong. */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  readonly eventType: string | null;
  /** ISO 8601. */
  readonly arrival: string;
  readonly partitionKey: string;
  /** The bytes of the key; absent where none was sent. */
  readonly key?: Uint8Array;
  /** What a record of Kafka had beside its value, in its order; a name may stand in it more than once. */
  readonly headers: readonly RecordHeader[];
  /** How often the event was replayed before. */
  readonly replays: number;
  /** The bytes as they came. */
  readonly original: Uint8Array;
  /** The same as text; absent when they are no UTF-8. */
  readonly text?: string;
}

/** A small fix: gives the corrected CloudEvent, or null to leave the event in quarantine. */
export type Transform = (event: unknown, context: TransformContext) => unknown;

/** A transform of the user's, with the hash by which the ledger names it. */
export interface LoadedTransform { readonly transform: Transform; readonly hash: string }

const isTransform = (value: unknown): value is Transform => typeof value === 'function';

/** The function that a module exports: by default, or as `transform`. */
const exportedBy = (loaded: unknown): Transform | undefined => {
  if (isTransform(loaded)) return loaded;
  if (!isJsonObject(loaded)) return undefined;
  const { default: byDefault, transform } = { ...loaded };
  return isTransform(transform) ? transform : byDefault === loaded ? undefined : exportedBy(byDefault);
};

/**
 * Loads a transform from a JavaScript or TypeScript module.
 *
 * @param file relative to the working directory
 */
export const loadTransform = (file: string): LoadedTransform => {
  const path = resolve(file);
  if (!existsSync(path)) throw new CommandError(`There is no file ${file}.`, { next: 'give a .ts or .js module whose default export is transform(event, context)', exitCode: 2 });
  let loaded: unknown;
  // By the same loader that runs the command line and reads definitions.
  try { loaded = createRequire(path)(path); } catch (error) { throw new CommandError(`The transform ${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { cause: error }); }
  const transform = exportedBy(typeof loaded === 'object' && loaded !== null ? { ...loaded } : loaded);
  if (!transform) throw new CommandError(`${file} exports no function.`, { next: 'export default function transform(event, context) { … return event; }', exitCode: 2 });
  return { transform, hash: sha256(readFileSync(path)) };
};

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

/** A key that is not kept as bytes is its text; of none the text is empty. */
const keyOf = ({ key, lineage }: QuarantineLine): Pick<TransformContext, 'key'> => {
  if (key !== undefined) return { key: bytesOf(key) };
  return lineage.partition_key === '' ? {} : { key: Uint8Array.from(Buffer.from(lineage.partition_key, 'utf8')) };
};

const contextOf = (line: QuarantineLine, { bytes, text, json }: Original): TransformContext => ({
  position: line.lineage.position, reason: line.reason, path: line.path, found: line.found, allowed: line.allowed, eventType: line.event_type, arrival: line.lineage.arrival, partitionKey: line.lineage.partition_key,
  ...keyOf(line), headers: (line.headers ?? []).map(({ name, value }) => ({ name, value: value === null ? null : bytesOf(value) })), replays: replayMarkOf(json?.value)?.replays ?? 0,
  // A copy: what a transform does to it must not reach the next run.
  original: Uint8Array.from(bytes), ...(text === undefined ? {} : { text }),
});

/** A fresh value for each run: a transform may change what it is given. */
const valueOf = ({ json, text }: Original): unknown => (json === undefined || text === undefined ? undefined : JSON.parse(text) as unknown);

const run = ({ transform }: LoadedTransform, line: QuarantineLine, original: Original): Correction => {
  try {
    const result = transform(valueOf(original), contextOf(line, original));
    if (result instanceof Promise) return { kind: 'failed', message: 'it gave a promise; it must give the event itself, since it may ask nobody' };
    if (result === null) return { kind: 'left' };
    if (!isJsonObject(result)) return { kind: 'failed', message: `it gave ${result === undefined ? 'nothing' : Array.isArray(result) ? 'a list' : `a ${typeof result}`}; it must give the corrected event, or null to leave it` };
    // As it will be read: what JSON cannot hold is gone.
    const event = JSON.parse(JSON.stringify(result)) as Readonly<Record<string, unknown>>;
    return isDeepStrictEqual(event, original.json?.value) ? { kind: 'unchanged' } : { kind: 'corrected', event };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
};

/**
 * Runs a transform on a rejected event, twice: a result that depends on a clock, on chance or on the events before it
 * could not be reviewed.
 *
 * @throws CommandError when the two results differ
 */
export const corrected = (loaded: LoadedTransform | undefined, line: QuarantineLine, original: Original): Correction => {
  if (loaded === undefined) return { kind: 'unchanged' };
  const [first, second] = [run(loaded, line, original), run(loaded, line, original)];
  if (canonicalJson(first) !== canonicalJson(second))
    throw new CommandError(`The transform gave two different results for one event (${line.lineage.position}).`, { next: 'let it depend on nothing but its arguments: no clock, no chance, nothing that it remembers', exitCode: 2 });
  return first;
};
