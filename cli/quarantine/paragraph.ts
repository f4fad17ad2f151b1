import type { QuarantineLine } from '../../core/lake/line';
import type { LedgerEntry } from '../../core/quarantine/ledger';
import { printable } from './printable';

/** A rejected event with the replays that it has behind it, the latest first. */
export type WithHistory = QuarantineLine & { readonly history: readonly LedgerEntry[] };

const textOf = (base64: string): string => printable(Buffer.from(base64, 'base64').toString('utf8'));

/** Names alone, or each with what it says: that may speak of people as the event may. */
const headersText = (headers: NonNullable<QuarantineLine['headers']>, withValues: boolean): readonly string[] => {
  if (!withValues) return [`  headers  ${headers.map(({ name }) => printable(name)).join(', ')}`];
  return headers.map(({ name, value }) => `  header   ${printable(name)}${value === null ? ' (no value)' : `: ${textOf(value)}`}`);
};

/**
 * A rejected event for a terminal.
 *
 * @param withOriginal with the record as it was sent, which may speak of people
 */
export const paragraph = ({ reason, path, found, allowed, remedy, event_type: type, original, key, headers, lineage, history }: WithHistory, withOriginal: boolean): string => [
  `${lineage.arrival}  ${reason}  ${printable(type ?? '-')}  ${printable(path === '' ? '(the whole event)' : path)}`,
  `  found    ${printable(found)}`,
  `  allowed  ${printable(allowed)}`,
  `  remedy   ${remedy}`,
  `  at       ${printable(`${lineage.source}/${lineage.shard}/${lineage.sequence}${lineage.sub_sequence > 0 ? `.${lineage.sub_sequence}` : ''}`)}`,
  ...history.map(({ replays, replayed_at: at, reason: before, path: where, transform, arrival }) =>
    `  replay ${replays}  ${at}, ${transform === null ? 'as it was' : `by the transform ${transform.slice(0, 12)}`}; before, it was rejected as ${before}${where === '' ? '' : ` at ${printable(where)}`} (arrived ${arrival})`),
  ...(headers === undefined ? [] : headersText(headers, withOriginal)),
  ...(withOriginal && key !== undefined ? [`  key      ${key} (base64)`] : []),
  ...(withOriginal ? [`  original ${textOf(original)}`] : []),
  '',
].join('\n');
