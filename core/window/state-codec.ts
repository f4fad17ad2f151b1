import type { EpochMillis } from '../event/time';
import type { ByteReader, ByteWriter } from './bytes';
import { byteReader, byteWriter, unzigzag, zigzag } from './bytes';
import { identityBytes } from './identity';
import type { Entries } from './entries';
import { pairsOf } from './entries';
import type { Part, PartValue } from './part';
import { entriesIn, registerIn, wholeIn } from './part';
import type { TierPlan, ViewPlan } from './plan';
import type { Register } from './register';
import type { Tile, ViewState } from './state';
import { readWatermarks, writeWatermarks } from './watermark-codec';
import { addWhole } from './whole';

/*
 * Layouts 1 and 2, in order; integers are varints unless said otherwise:
 *   layout (1 byte) · fingerprint of the plan (4 bytes) · newest · arrival · expires at
 *   a tier: number of tiles, then a tile: hops since the tile before (the first since 1970), then a part each:
 *     add: zigzag · whole extreme: 0 for none, else 1 + zigzag · other extreme: presence byte, 8 bytes
 *     of layout 2 alone: sketch: number of entries, then an entry: key (the first zigzag, then how far beyond the one before), value
 *     oldest: as a register
 *   a register: tag (0 for none), time, source, id, value
 *   watermarks (see watermark-codec)
 *   size of the ring, then 6 bytes each
 */
const [firstLayout, layoutWithSketches] = [1, 2];
const fingerprintBytes = 4;

const tags = { string: 1, number: 2, true: 3, false: 4 } as const;

const writeRegister = (writer: ByteWriter, register: Register | undefined): void => {
  if (!register) return writer.fixed(0, 1);
  const { value } = register;
  writer.fixed(typeof value === 'boolean' ? tags[value ? 'true' : 'false'] : typeof value === 'string' ? tags.string : tags.number, 1);
  writer.unsigned(register.time);
  writer.text(register.source);
  writer.text(register.id);
  if (typeof value === 'string') writer.text(value);
  if (typeof value === 'number') writer.double(value);
};

const readRegister = (reader: ByteReader): Register | undefined => {
  const tag = reader.fixed(1);
  if (tag === 0) return undefined;
  const identity = { time: reader.unsigned(), source: reader.text(), id: reader.text() };
  return { ...identity, value: tag === tags.string ? reader.text() : tag === tags.number ? reader.double() : tag === tags.true };
};

const isOfLayout2 = ({ operation }: Part): boolean => operation === 'entries-add' || operation === 'entries-max' || operation === 'oldest';
/** A view without sketches is written as it always was, so that a version that knows no others can still read it. */
const layoutOf = ({ parts }: ViewPlan): number => (parts.some(isOfLayout2) ? layoutWithSketches : firstLayout);

const writeEntries = (writer: ByteWriter, entries: Entries): void => {
  writer.unsigned(entries.length / 2);
  let before: number | undefined;
  for (const [key, value] of pairsOf(entries)) {
    if (before === undefined) writer.signed(key);
    else writer.unsigned(key - before);
    writer.unsigned(value);
    before = key;
  }
};

const readEntries = (reader: ByteReader): PartValue => {
  const entries: number[] = [];
  let key: number | undefined;
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    key = key === undefined ? Number(reader.signed()) : key + reader.unsigned();
    entries.push(key, reader.unsigned());
  }
  return entries.length === 0 ? undefined : entries;
};

const writePart = (writer: ByteWriter, part: Part, value: PartValue): void => {
  const { operation, whole } = part;
  if (operation === 'add') return writer.signed(wholeIn(value));
  if (operation === 'oldest') return writeRegister(writer, registerIn(value));
  if (isOfLayout2(part)) return writeEntries(writer, entriesIn(value));
  if (!whole) {
    writer.fixed(value === undefined ? 0 : 1, 1);
    if (value !== undefined) writer.double(Number(wholeIn(value)));
    return;
  }
  writer.unsigned(value === undefined ? 0 : addWhole(zigzag(wholeIn(value)), 1));
};

const readPart = (reader: ByteReader, part: Part): PartValue => {
  const { operation, whole } = part;
  if (operation === 'add') {
    const value = reader.signed();
    return value === 0 ? undefined : value;
  }
  if (operation === 'oldest') return readRegister(reader);
  if (isOfLayout2(part)) return readEntries(reader);
  if (!whole) return reader.fixed(1) === 0 ? undefined : reader.double();
  const value = reader.unsignedWhole();
  return value === 0 ? undefined : Number(unzigzag(addWhole(value, -1)));
};

const writeTier = (writer: ByteWriter, tier: TierPlan, tiles: ReadonlyMap<EpochMillis, Tile>): void => {
  writer.unsigned(tiles.size);
  let before = 0;
  for (const [start, tile] of tiles) {
    const hops = start / tier.hop;
    writer.unsigned(hops - before);
    before = hops;
    tier.parts.forEach((part, index) => { writePart(writer, part, tile[index]); });
  }
};

const readTier = (reader: ByteReader, tier: TierPlan): ReadonlyMap<EpochMillis, Tile> => {
  const tiles = new Map<EpochMillis, Tile>();
  let hops = 0;
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    hops += reader.unsigned();
    tiles.set(hops * tier.hop, tier.parts.map((part) => readPart(reader, part)));
  }
  return tiles;
};

/** Packs a state: the same state gives the same bytes. */
export const encodeState = (plan: ViewPlan, state: ViewState): Uint8Array => {
  const writer = byteWriter();
  writer.fixed(layoutOf(plan), 1);
  writer.fixed(plan.fingerprint, fingerprintBytes);
  writer.unsigned(state.newest);
  writer.unsigned(state.arrival);
  writer.unsigned(state.expiresAt);
  plan.tiers.forEach((tier, index) => { writeTier(writer, tier, state.tiers[index] ?? new Map<EpochMillis, Tile>()); });
  plan.registers.forEach((_register, index) => { writeRegister(writer, state.registers[index]); });
  writeWatermarks(writer, state.watermarks, state.arrival);
  writer.unsigned(state.ring.length);
  for (const identity of state.ring) writer.fixed(identity, identityBytes);
  return writer.finish();
};

/**
 * Unpacks a state.
 *
 * @throws Error when the bytes are of another layout or were packed for another content of the view: folding into them
 *   would mix two meanings
 */
export const decodeState = (plan: ViewPlan, bytes: Uint8Array): ViewState => {
  const reader = byteReader(bytes);
  const found = reader.fixed(1);
  if (found !== firstLayout && found !== layoutWithSketches) throw new Error(`A state item of ${plan.name} has the layout ${found}; this version reads layouts ${firstLayout} to ${layoutWithSketches}. Deploy a version that reads it, or rebuild the view.`);
  if (reader.fixed(fingerprintBytes) !== plan.fingerprint) throw new Error(`A state item of ${plan.name} was packed for another content of that view. Give the changed view a new version, or empty the table and run npx headrace features fill.`);
  const times = { newest: reader.unsigned(), arrival: reader.unsigned(), expiresAt: reader.unsigned() };
  const tiers = plan.tiers.map((tier) => readTier(reader, tier));
  const registers = plan.registers.map(() => readRegister(reader));
  const watermarks = readWatermarks(reader, times.arrival);
  const ring = Array.from({ length: reader.unsigned() }, () => reader.fixed(identityBytes));
  if (!reader.isAtEnd()) throw new Error(`A state item of ${plan.name} is longer than its layout says: it was damaged. Rebuild the view.`);
  return { ...times, tiers, registers, watermarks, ring };
};
