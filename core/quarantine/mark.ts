import { isJsonObject } from './original';

/**
 * Where a replayed event comes from: two extension attributes of CloudEvents that every replay carries, into raw or back into
 * quarantine.
 */
export interface ReplayMark {
  /** Position of the record that it is a replay of, which may be a replay itself. */
  readonly replayof: string;
  /** How often the event was replayed, this time included. */
  readonly replays: number;
}

/** The mark of an event; `undefined` when it is no replay, or says so in a way that no replay does. */
export const replayMarkOf = (event: unknown): ReplayMark | undefined => {
  if (!isJsonObject(event)) return undefined;
  const { replayof, replays } = event;
  return typeof replayof === 'string' && replayof !== '' && Number.isSafeInteger(replays) && Number(replays) > 0 ? { replayof, replays: Number(replays) } : undefined;
};

/** The mark of the next replay of a record. */
export const nextMark = (position: string, event: unknown): ReplayMark => ({ replayof: position, replays: (replayMarkOf(event)?.replays ?? 0) + 1 });

/** The mark as this file writes it, at the end of an event. */
const writtenMark = /,"replayof":"(?:[^"\\]|\\.)*","replays":\d+\}\s*$/u;

const hasMark = (event: Readonly<Record<string, unknown>>): boolean => 'replayof' in event || 'replays' in event;

/** The text of an event with a mark instead of the one that it may have; members stand in their order, the mark last. */
export const markedText = (event: Readonly<Record<string, unknown>>, mark: ReplayMark): string => {
  const { replayof: _of, replays: _replays, ...rest } = event;
  return JSON.stringify({ ...rest, replayof: mark.replayof, replays: mark.replays });
};

/**
 * The text of an event that was not corrected, letter by letter as its producer sent it, with the mark spliced in.
 *
 * @param text of a JSON object that is `event`
 */
export const splicedText = (text: string, event: Readonly<Record<string, unknown>>, mark: ReplayMark): string => {
  const former = hasMark(event) ? writtenMark.exec(text) : undefined;
  // A producer that writes such attributes itself, elsewhere in the event: the text cannot be kept.
  if (former === null || Object.keys(event).length === 0) return markedText(event, mark);
  const end = former?.index ?? text.lastIndexOf('}');
  return `${text.slice(0, end)},"replayof":${JSON.stringify(mark.replayof)},"replays":${mark.replays}}`;
};
