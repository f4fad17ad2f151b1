import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all that it has started have used. */
export interface TreeUse {
  readonly cpuSeconds: number;
  /** The highest of the sums of resident memory; what two of them share counts twice. */
  readonly memoryBytes: number;
}

const everyMilliseconds = 100;
/** Linux gives processor time in these, whatever the machine. */
const ticksPerSecond = 100;
const pageBytes = 4096;

interface Seen { readonly parent: number; readonly ticks: number; readonly pages: number }

const seenOf = (pid: number): Seen | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of a program may hold blanks; what follows it does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3] ?? 0);
    return { parent: field(4), ticks: field(14) + field(15), pages: field(24) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
};

const allSeen = (): ReadonlyMap<number, Seen> => new Map(readdirSync('/proc').filter((name) => /^\d+$/u.test(name)).flatMap((name) => {
  const seen = seenOf(Number(name));
  return seen === undefined ? [] : [[Number(name), seen] as const];
}));

/**
 * Watches a process and all that it starts. Linux alone. Of one that ends between two looks the last tenth of a second is missed.
 *
 * @param root id of the process
 */
export const watchTree = (root: number) => {
  const ticks = new Map<number, number>();
  let highest = 0;
  const look = (): void => {
    const seen = allSeen();
    const isBelow = (pid: number): boolean => {
      for (let at = pid; at > 1; at = seen.get(at)?.parent ?? 0) if (at === root) return true;
      return false;
    };
    let pages = 0;
    for (const [pid, each] of seen) if (ticks.has(pid) || isBelow(pid)) {
      ticks.set(pid, each.ticks);
      pages += each.pages;
    }
    highest = Math.max(highest, pages * pageBytes);
  };
  const timer = setInterval(look, everyMilliseconds);
  look();
  return {
    /** What was used until now. */
    used: (): TreeUse => {
      look();
      return { cpuSeconds: [...ticks.values()].reduce((sum, each) => sum + each, 0) / ticksPerSecond, memoryBytes: highest };
    },
    stop: (): void => { clearInterval(timer); },
  };
};
