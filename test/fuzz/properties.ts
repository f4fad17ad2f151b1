import fc from 'fast-check';
import type { Contracts } from '../../core/contract/contracts';
import { lakeBatch } from '../../core/lake/batch';
import type { ReceivedRecord } from '../../core/event/record';
import { order, record, shipped } from '../fixtures/contracts';

const good = [order(), shipped(), order({ gift: true, note: 'é ✈ "quoted"', size: null }), shipped({ constructor: 'x' })].map((each) => Buffer.from(JSON.stringify(each)));

/** Events in which some bytes are others, some are gone and some are doubled. */
const mutated = fc.tuple(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(400), fc.constantFrom('set', 'cut', 'double', 'token'), fc.nat(255)), { minLength: 1, maxLength: 5 })).map(([bytes, changes]) => {
  let copy = Buffer.from(bytes);
  for (const [place, how, value] of changes) {
    const at = place % Math.max(1, copy.length);
    if (how === 'set') copy[at] = value;
    else if (how === 'cut') copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + (value % 8))]);
    else if (how === 'double') copy = Buffer.concat([copy.subarray(0, at), copy.subarray(Math.max(0, at - (value % 16)))]);
    else copy = Buffer.concat([copy.subarray(0, at), Buffer.from(['{}', '[]', '"', ',', ':', 'null', '1e999', '-0', '\\u0000', '"__proto__":', '\\ud800', '99999999999999999999'][value % 12] ?? ''), copy.subarray(at)]);
  }
  return copy;
});

/** Events with values of any kind in place of some. */
const revalued = fc.tuple(fc.constantFrom<(data?: Readonly<Record<string, unknown>>, attributes?: Readonly<Record<string, unknown>>) => unknown>(order, shipped), fc.dictionary(fc.constantFrom('orderId', 'customer', 'channel', 'amount', 'items', 'gift', 'placedAt', 'parcels', 'weight', 'constructor', '__proto__', 'more'), fc.jsonValue(), { maxKeys: 3 }),
  fc.dictionary(fc.constantFrom('id', 'source', 'type', 'time', 'dataschema', 'recordedtime', 'specversion', 'data'), fc.jsonValue(), { maxKeys: 1 })).map(([make, data, attributes]) => Buffer.from(JSON.stringify(make(data, attributes))));

/** Whatever somebody may send. */
export const anything: fc.Arbitrary<Uint8Array> = fc.oneof({ arbitrary: mutated, weight: 4 }, { arbitrary: revalued, weight: 4 }, { arbitrary: fc.json().map((text) => Buffer.from(text)), weight: 1 }, { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 1 });

/**
 * Records between two good ones, judged and kept: each ends in one line, the good ones are in raw, and what is accepted the
 * naive judge accepts.
 */
export const isKeptRightly = (contracts: Contracts, accepts: (data: Uint8Array, arrival: number) => boolean) => (data: Uint8Array): boolean => {
  const batch = lakeBatch(contracts);
  const [before, between, after] = [good[0], data, good[1]].map((each, index) => record(each, { sequence: index + 1 })) as unknown as readonly [ReceivedRecord, ReceivedRecord, ReceivedRecord];
  if (!batch.add(before).accepted) return false;
  const judgement = batch.add(between);
  if (!batch.add(after).accepted) return false;
  const lines = batch.objects().reduce((sum, { records }) => sum + records, 0);
  return lines === 3 && (!judgement.accepted || accepts(data, between.arrival));
};
