import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What was seen of processes, or of a directory, in the moments before a time (epoch milliseconds). */
interface Sample { readonly at: number; readonly what: string; readonly bytes: number }

/** The highest of a range of time, by what it is of. */
export type Peaks = Readonly<Record<string, number>>;

const everyMilliseconds = 100;
const diskEvery = 5;

const bytesBelow = (directory: string): number => {
  let bytes = 0;
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      // Blocks, as a file that is written here and there has holes.
      if (entry.isDirectory()) bytes += bytesBelow(path); else bytes += statSync(path).blocks * 512;
    }
  } catch {
    // It was removed meanwhile.
  }
  return bytes;
};

/** A process's resident memory at its highest since this was last asked; undefined for one that has ended. */
const peakOf = (pid: string): number | undefined => {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
};

/**
 * Watches the memory of the processes that a local cloud starts, and the disk that they use. Linux alone: the kernel keeps
 * each process's highest memory, so that none is missed between two looks.
 *
 * @param nameOf what a process is, by its environment and its command; undefined for one that is not watched
 * @param diskOf directories by what uses them
 */
export const watchProcesses = (nameOf: (environment: ReadonlyMap<string, string>, command: string) => string | undefined, diskOf: () => readonly (readonly [what: string, directory: string])[]) => {
  const samples: Sample[] = [];
  const named = (pid: string): string | undefined => {
    try {
      // Read anew each time: a process that was only forked is still what its parent is.
      const environment = new Map(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').map((each) => each.split(/=(.*)/su).slice(0, 2) as [string, string]));
      return nameOf(environment, readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
    } catch {
      // It has ended, or is somebody else's.
      return undefined;
    }
  };
  let looks = 0;
  const look = (): void => {
    const at = Date.now();
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/u.test(pid)) continue;
      const what = named(pid);
      const bytes = what === undefined ? undefined : peakOf(pid);
      if (what !== undefined && bytes !== undefined) samples.push({ at, what, bytes });
    }
    if (looks % diskEvery === 0) for (const [what, directory] of diskOf()) samples.push({ at, what, bytes: bytesBelow(directory) });
    looks += 1;
  };
  const timer = setInterval(look, everyMilliseconds);
  return {
    /** The peaks from one time to another. */
    between: (from: number, to: number): Peaks => {
      const peaks: Record<string, number> = {};
      for (const { at, what, bytes } of samples) if (at > from && at <= to + everyMilliseconds) peaks[what] = Math.max(peaks[what] ?? 0, bytes);
      return peaks;
    },
    stop: (): void => { clearInterval(timer); },
  };
};
