import type { StateItem, StateKey, StateStore } from '../../lib/runtime/state-store';

/** What may happen to a call. */
export interface StoreFaults {
  /** Chance that a write is refused without effect. */
  readonly refuse?: number;
  /** Chance that a write takes effect and nobody hears of it. */
  readonly loseAcknowledgement?: number;
  /** Chance that a read fails. */
  readonly failRead?: number;
  /** Longest delay of a call, in turns of the event loop. */
  readonly delay?: number;
  /** From 0 to below 1; the order of calls decides, so that a seed repeats a run. */
  readonly random?: () => number;
  /** A mutant: writes whatever is there. */
  readonly withoutCondition?: boolean;
}

const textOf = (key: StateKey): string => `${key.entity} ${key.view}`;

/** A conditional store in memory, with faults. */
export const simulatedStore = ({ refuse = 0, loseAcknowledgement = 0, failRead = 0, delay = 0, random = () => 1, withoutCondition = false }: StoreFaults = {}) => {
  const items = new Map<string, StateItem>();
  const calls: { readonly kind: 'read' | 'write'; readonly keys: readonly StateKey[] }[] = [];
  const turns = async (): Promise<void> => { for (let turn = Math.floor(random() * delay); turn > 0; turn -= 1) await Promise.resolve(); };
  const store: StateStore = {
    read: async (keys) => {
      calls.push({ kind: 'read', keys });
      await turns();
      if (random() < failRead) throw new Error('the table cannot be read');
      const found = keys.map((key) => items.get(textOf(key)));
      await turns();
      return found;
    },
    write: async (key, content, expected) => {
      calls.push({ kind: 'write', keys: [key] });
      await turns();
      if (random() < refuse) throw new Error('the write is throttled');
      const current = items.get(textOf(key));
      if (!withoutCondition && current?.version !== expected) return { kind: 'conflict', current };
      const version = (expected ?? content.arrival) + 1;
      items.set(textOf(key), { ...content, version });
      await turns();
      if (random() < loseAcknowledgement) throw new Error('the acknowledgement was lost');
      return { kind: 'written', version };
    },
  };
  return { store, items, calls, itemOf: (key: StateKey): StateItem | undefined => items.get(textOf(key)) };
};

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
