import { isLifetime } from './hop';
import { identityBytes, ringSize } from './identity';
import type { PartSize } from './part-size';
import { registerSize } from './part-size';
import type { ViewPlan } from './plan';

/** What an item of a view comes to, in bytes, when every hop of its windows has events. */
export interface ItemSize {
  readonly tiles: number;
  readonly expected: number;
  /** No item can be larger, however large the numbers are, while a text that is kept takes no more than 2 KB with the id and the source of its event; what becomes too large goes to quarantine as `fold_failed`. */
  readonly largest: number;
  /** Of DynamoDB, for one write of the expected size: one for each KB that was begun (Amazon DynamoDB, "Read/write capacity mode"). */
  readonly writeUnits: number;
  /** How the sizes come about, as text. */
  readonly arithmetic: string;
}

/** DynamoDB refuses an item over 400 KB; what is over this does not compile. */
export const largestItem = 350 * 1024;
/** A view whose fold costs more must say so. */
export const usualWriteUnits = 8;

const unitBytes = 1024;
/** Names of the attributes, numbers and the keys. */
const attributes: PartSize = { expected: 150, largest: 2048 };
/** Header of the packed state. */
const header: PartSize = { expected: 25, largest: 40 };
/** Shards that an item's watermarks are of: a closed one is kept until the stream's retention and a day have passed. */
const shards: PartSize = { expected: 4, largest: 200 };
const watermarkBytes = 36;
/** Hops since the tile before. */
const tileStart: PartSize = { expected: 1, largest: 4 };

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;

/** Works out how large the items of a view become. */
export const itemSizeOf = ({ tiers, registers }: ViewPlan): ItemSize => {
  const counted = tiers.map((tier) => ({ tiles: isLifetime(tier) ? 1 : tier.width / tier.hop + 1, parts: tier.parts.map(({ size }) => size) }));
  const sized = (pick: keyof PartSize): { readonly perTile: readonly number[]; readonly rest: number; readonly all: number } => {
    const perTile = counted.map(({ parts }) => parts.reduce((sum, part) => sum + part[pick], tileStart[pick]));
    const rest = attributes[pick] + header[pick] + registers.length * registerSize[pick] + shards[pick] * watermarkBytes + ringSize * identityBytes;
    return { perTile, rest, all: counted.reduce((sum, { tiles }, index) => sum + tiles * (perTile[index] ?? 0), rest) };
  };
  const [expected, largest] = [sized('expected'), sized('largest')];
  const arithmetic = (size: typeof expected): string => `${[...counted.map(({ tiles }, index) => `${tiles} tiles × ${size.perTile[index] ?? 0} bytes`), `${size.rest} bytes for all else`].join(' + ')} = ${kilobytes(size.all)}`;
  return {
    tiles: counted.reduce((sum, { tiles }) => sum + tiles, 0), expected: expected.all, largest: largest.all, writeUnits: Math.ceil(expected.all / unitBytes),
    arithmetic: `expected ${arithmetic(expected)}; at most ${arithmetic(largest)}`,
  };
};
