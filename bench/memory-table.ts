import type { StateItem, StateStore } from '../lib/runtime/state-store';

/** The in-process twin of the state table: the same conditional write, and no network. What is measured is the code. */
export interface MemoryTable {
  readonly store: StateStore;
  /** Items that were asked for: a read unit each, as none has more than 4 KB here. */
  readonly reads: () => number;
  readonly writes: () => number;
  /** As DynamoDB counts them: one for each KB that was begun. */
  readonly writeUnits: () => number;
  /** Bytes of each packed state. */
  readonly sizes: () => number[];
}

/** An empty table. */
export const memoryTable = (): MemoryTable => {
  const items = new Map<string, StateItem>();
  let [reads, writes, writeUnits] = [0, 0, 0];
  const store: StateStore = {
    read: (wanted) => {
      reads += wanted.length;
      return Promise.resolve(wanted.map(({ entity, view }) => items.get(`${entity}\n${view}`)));
    },
    write: ({ entity, view }, content, expected) => {
      const key = `${entity}\n${view}`;
      const current = items.get(key);
      if (current?.version !== expected) return Promise.resolve({ kind: 'conflict', current });
      const version = (expected ?? content.arrival) + 1;
      items.set(key, { ...content, version });
      writes += 1;
      writeUnits += Math.ceil((content.state.length + entity.length + view.length + 60) / 1024);
      return Promise.resolve({ kind: 'written', version });
    },
  };
  return { store, reads: () => reads, writes: () => writes, writeUnits: () => writeUnits, sizes: () => [...items.values()].map(({ state }) => state.length) };
};
