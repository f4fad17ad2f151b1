import type { Correction, ReplayDecision } from '../../../core/quarantine/replay';
import { decideReplay, derivedId, unreplayable } from '../../../core/quarantine/replay';
import { originalOf } from '../../../core/quarantine/original';
import { rejectedLine } from '../../cli/quarantine/support/rejected-records';
import { arrival, contracts, order, record } from '../../fixtures/contracts';

const now = arrival + 86_400_000;
const unchanged: Correction = { kind: 'unchanged' };
const decide = (body: unknown, correction: Correction, force = false): ReplayDecision => {
  const line = rejectedLine(record(body, { sequence: 7, partitionKey: 'as sent' }));
  return decideReplay(line, originalOf(Buffer.from(line.original, 'base64')), correction, contracts, { now, force });
};
const replayOf = (decision: ReplayDecision) => {
  if (decision.kind !== 'put') throw new Error(`it is ${decision.kind}`);
  return { ...decision.replay, event: JSON.parse(decision.replay.text) as Record<string, unknown> };
};
const position = rejectedLine(record('{', { sequence: 7 })).lineage.position;
const corrected = (event: Readonly<Record<string, unknown>>): Correction => ({ kind: 'corrected', event });

describe('a replay', () => {
  it('is the corrected event under its own id, goes where its contract says, and tells where it came from', () => {
    const replay = replayOf(decide(order({ items: 'two' }, { id: 'o-77' }), corrected(order({ items: 2, orderId: 'ZZ-9' }, { id: 'o-77' }))));
    expect(replay).toMatchObject({ id: 'o-77', source: '/shop', eventType: 'order.placed', partitionKey: 'ZZ-9', forced: false, knownAt: now, mark: { replayof: position, replays: 1 } });
    expect(replay.event).toEqual({ ...order({ items: 2, orderId: 'ZZ-9' }, { id: 'o-77' }), replayof: position, replays: 1 });
  });

  it('of an event that was right too early is that event letter by letter', () => {
    const text = JSON.stringify(order({}, { time: '2026-03-01T13:00:00.0Z' })).replace('12.5', '12.50');
    const replay = replayOf(decide(text, unchanged));
    expect(replay.text.startsWith(text.slice(0, -1))).toBe(true);
  });

  it('is refused when it would be rejected again, with the reason, and put only when it is forced', () => {
    expect(decide(order({ items: 0 }), corrected(order({ items: 100 })))).toMatchObject({ kind: 'refused', rejection: { code: 'out_of_range', path: '/data/items' } });
    expect(replayOf(decide(order({ items: 0 }), unchanged, true))).toMatchObject({ forced: true, partitionKey: 'o-1', event: { replays: 1 } });
  });

  it('shows no value of a personal field when it is refused', () => {
    expect(JSON.stringify(decide(order({ customer: 'ada' }), unchanged))).not.toContain('ada');
  });

  it('counts on from the replays that are behind the event', () => {
    const again = order({ items: 0 }, { replayof: 'a/b/1.000000', replays: 3 });
    expect(replayOf(decide(again, corrected(order()))).mark).toEqual({ replayof: position, replays: 4 });
  });

  it('has an id made of its position when there never was one', () => {
    const { id: _id, ...withoutId } = order();
    expect(replayOf(decide('{not json', corrected(withoutId)))).toMatchObject({ id: derivedId(position), event: { id: derivedId(position) } });
    expect(derivedId(position)).toMatch(/^replay-[0-9a-f]{32}$/u);
    expect(decide(withoutId, unchanged)).toMatchObject({ kind: 'refused', rejection: { code: 'not_cloudevent', path: '/id' } });
  });

  it.each([['{'], ['[1]'], [Uint8Array.of(0xff)]])('of %j needs a transform, forced or not', (body) => {
    expect(decide(body, unchanged, true)).toEqual({ kind: 'unreadable' });
  });

  it('does not happen when the transform leaves the event or fails', () => {
    expect(decide('{', { kind: 'left' })).toEqual({ kind: 'left' });
    expect(decide('{', { kind: 'failed', message: 'why' })).toEqual({ kind: 'failed', message: 'why' });
  });

  it('is of a contract that is active, and of no other', () => {
    const early = { ...contracts, activations: new Map([['order.placed@v1', 0], ['order.placed@v2', now + 1], ['order.shipped@v1', 0]]) };
    const line = rejectedLine(record(order({ items: 0 })));
    const original = originalOf(Buffer.from(line.original, 'base64'));
    const second = corrected(order({ currency: 'EUR' }, { dataschema: 'order.placed/v2' }));
    expect(decideReplay(line, original, second, early, { now, force: false })).toMatchObject({ kind: 'refused', rejection: { code: 'unknown_version' } });
    expect(decideReplay(line, original, second, early, { now: now + 1, force: false })).toMatchObject({ kind: 'put' });
  });

  it('is not for what raw has already, and not for rows of a file', () => {
    const { lineage } = rejectedLine(record('{'));
    expect(unreplayable({ reason: 'fold_failed', lineage })).toBe('in_raw');
    expect(unreplayable({ reason: 'not_json', lineage: { ...lineage, batch_id: 'import-1' } })).toBe('batch');
    expect(unreplayable({ reason: 'not_json', lineage })).toBeUndefined();
  });
});
