import { hash } from 'node:crypto';
import type { AggregateNode } from '../../definition/node';
import type { Value } from '../../expression/evaluate';
import { pairsOf } from '../entries';
import { entriesIn } from '../part';
import type { TiledAggregate } from './aggregate';
import { partKey, valueOf } from './aggregate';

/*
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier: "HyperLogLog: the analysis of a near-optimal cardinality estimation
 * algorithm", 2007), with linear counting while registers are empty. Of the SHA-256 of a value's text, which every engine
 * has, the first 52 bits count: nine choose the register, the zeros that lead the other 43 give its rank.
 */
export const registers = 512;
const [registerBits, rankBits] = [9, 43];
const alpha = 0.7213 / (1 + 1.079 / registers);

/** A register and a rank for a value. Whole numbers and timestamps stand for themselves in decimal digits, booleans as `true` and `false`. */
export const registerOf = (value: Exclude<Value, null>): readonly [register: number, rank: number] => {
  // In all of its digits, as SQL has them: of a large number the own text has zeros for the last ones, or an exponent.
  const text = typeof value === 'number' ? String(Number.isSafeInteger(value) ? value + 0 : BigInt(value)) : String(value);
  const bits = Number.parseInt(hash('sha256', text, 'hex').slice(0, (registerBits + rankBits) / 4), 16);
  const rest = bits % 2 ** rankBits;
  return [Math.floor(bits / 2 ** rankBits), rest === 0 ? rankBits + 1 : rankBits - Math.floor(Math.log2(rest))];
};

/**
 * The estimate from registers that are not empty. The sum of powers of two is exact in a double, so it does not depend on
 * the order in which an engine adds.
 */
export const estimateOf = (ranks: readonly number[]): number => {
  const empty = registers - ranks.length;
  const raw = alpha * registers * registers / ranks.reduce((sum, rank) => sum + 2 ** -rank, empty);
  return Math.round(raw <= 2.5 * registers && empty > 0 ? registers * Math.log(registers / empty) : raw);
};

/** About how many different values. */
export const distinct = (node: AggregateNode): TiledAggregate => {
  const value = valueOf(node);
  return {
    // A usual hop is taken to have some twenty different values: an index, a rank, and a little for gaps.
    parts: [{ key: partKey('registers', node), operation: 'entries-max', whole: true, size: { expected: 45, largest: 2 * registers + 2 }, source: { kind: 'registers', node }, prepare: (scope) => {
      const each = value(scope);
      return each === null ? undefined : registerOf(each);
    } }],
    finalize: ([entries]) => estimateOf(pairsOf(entriesIn(entries)).map(([, rank]) => rank)),
  };
};
