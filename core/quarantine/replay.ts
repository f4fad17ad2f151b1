import type { Contract, Contracts } from '../contract/contracts';
import { judge } from '../contract/judge';
import type { Rejection } from '../contract/rejection';
import type { EpochMillis } from '../event/time';
import { parseTimestamp } from '../event/time';
import type { QuarantineLine } from '../lake/line';
import { sha256 } from '../manifest/hash';
import type { ReplayMark } from './mark';
import { markedText, nextMark, splicedText } from './mark';
import type { Original } from './original';
import { isJsonObject } from './original';

/** What a transform made of a rejected event; `unchanged` when there is no transform, or it gave the event back as it was. */
export type Correction =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'corrected'; readonly event: Readonly<Record<string, unknown>> }
  | { readonly kind: 'left' }
  | { readonly kind: 'failed'; readonly message: string };

/** A rejected event as it is put on the stream again. */
export interface Replay {
  readonly text: string;
  readonly partitionKey: string;
  readonly mark: ReplayMark;
  readonly source: string;
  readonly id: string;
  readonly eventType: string;
  /** When the platform will say it knew it, by the present clock: where its line will stand in raw. */
  readonly knownAt: EpochMillis;
  /** Put although the contracts of the project would reject it. */
  readonly forced: boolean;
}

/** Whether a rejected event is to be put again, or why not. */
export type ReplayDecision =
  | { readonly kind: 'put'; readonly replay: Replay }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'left' }
  | { readonly kind: 'failed'; readonly message: string };

/** Why a line of quarantine cannot be replayed at all; `undefined` when it can. */
export const unreplayable = ({ reason, lineage }: Pick<QuarantineLine, 'reason' | 'lineage'>): 'in_raw' | 'batch' | undefined => {
  // It was accepted: raw has it, and other views may have folded it. What it needs is a rebuild.
  if (reason === 'fold_failed') return 'in_raw';
  // Rows of an import or a dataset never were on the stream: the file is corrected, and brought again.
  return lineage.batch_id === null ? undefined : 'batch';
};

const idDigits = 32;

/** The id of an event that has none: its position is its identity, however often it is replayed. */
export const derivedId = (position: string): string => `replay-${sha256(position).slice(0, idDigits)}`;

const longestKey = 256;
const keyText = (value: unknown): string | undefined => (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).slice(0, longestKey) || undefined : undefined);

/** Where a record goes: by the field that its contract names, else by its id, so that a repetition goes the same way. */
const partitionKeyOf = (event: Readonly<Record<string, unknown>>, contract: Contract | undefined): string => {
  const data = isJsonObject(event['data']) ? event['data'] : {};
  return (contract && keyText(data[contract.definition.partitionBy])) ?? keyText(event['id']) ?? 'unknown';
};

const withId = (event: Readonly<Record<string, unknown>>, position: string): Readonly<Record<string, unknown>> =>
  (event['id'] === undefined || event['id'] === null || event['id'] === '' ? { ...event, id: derivedId(position) } : event);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What is put, and the event that it says. */
const writtenOf = ({ lineage }: QuarantineLine, original: Original, correction: Correction & { kind: 'unchanged' | 'corrected' }, mark: ReplayMark): { readonly event: Readonly<Record<string, unknown>>; readonly text: string } | undefined => {
  if (correction.kind === 'corrected') {
    const event = withId(correction.event, lineage.position);
    return { event, text: markedText(event, mark) };
  }
  const value = original.json?.value;
  return original.text !== undefined && isJsonObject(value) ? { event: value, text: splicedText(original.text, value, mark) } : undefined;
};

/**
 * Decides on the replay of a rejected event, judging it as the platform will when it comes in a moment from now.
 *
 * @param contracts those that are active in the environment
 * @param settings `force` puts what would be rejected again, too: it returns to quarantine
 * @throws Error when a contract is active that this project does not have
 */
export const decideReplay = (line: QuarantineLine, original: Original, correction: Correction, contracts: Contracts, settings: { readonly now: EpochMillis; readonly force: boolean }): ReplayDecision => {
  if (correction.kind === 'left' || correction.kind === 'failed') return correction;
  const { lineage } = line;
  const mark = nextMark(lineage.position, original.json?.value);
  const written = writtenOf(line, original, correction, mark);
  if (written === undefined) return { kind: 'unreadable' };
  const { event, text } = written;
  const judgement = judge({
    position: { source: lineage.source, shard: lineage.shard, sequence: lineage.sequence, subSequence: lineage.sub_sequence },
    partitionKey: lineage.partition_key, arrival: settings.now, batchId: null, data: text,
  }, contracts);
  if (!judgement.accepted && !settings.force) return { kind: 'refused', rejection: judgement.rejection };
  return { kind: 'put', replay: {
    text, mark, partitionKey: partitionKeyOf(event, judgement.accepted ? judgement.contract : undefined),
    source: textOf(event['source']), id: textOf(event['id']), eventType: textOf(event['type']),
    knownAt: judgement.accepted ? judgement.times.knownAt : Math.min(settings.now, parseTimestamp(textOf(event['recordedtime'])) ?? settings.now), forced: !judgement.accepted,
  } };
};
