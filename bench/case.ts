/** How often each side of a case is measured. */
const pairs = 5;

/** One measurement against one peer. */
export interface BenchCase {
  /** Such as `validate.json.jsonschema`. */
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  /** Whether more is better (rates) or less (times, bytes, money). */
  readonly better: 'more' | 'less';
  /** What `ratio`, how many times better than the peer, should at least be. */
  readonly goal: number;
  /** How both sides are made alike: the same input, the same work, the same machine. */
  readonly fair: string;
  readonly prepare?: () => Promise<void>;
  /** One measurement of ours; `undefined` when it did not finish. */
  readonly ours: () => Promise<number | undefined>;
  /** One measurement of the peer; `undefined` when it did not finish. */
  readonly peer: () => Promise<number | undefined>;
  readonly finish?: () => Promise<void>;
}

/** A case whose sides are measured in a world of its own: processes and data that are there from its first measurement to its last. */
interface CaseIn<World> extends Omit<BenchCase, 'prepare' | 'ours' | 'peer' | 'finish'> {
  readonly open: () => Promise<World>;
  readonly close: (world: World) => Promise<void>;
  readonly ours: (world: World) => Promise<number | undefined>;
  readonly peer: (world: World) => Promise<number | undefined>;
}

/** Makes a case that opens its world before it is measured and closes it afterwards. */
export const caseIn = <World>({ open, close, ours, peer, ...rest }: CaseIn<World>): BenchCase => {
  let opened: { readonly world: World } | undefined;
  const world = (): World => {
    if (opened === undefined) throw new Error(`${rest.id} was not prepared.`);
    return opened.world;
  };
  return {
    ...rest,
    prepare: async () => { opened = { world: await open() }; },
    ours: () => ours(world()),
    peer: () => peer(world()),
    finish: async () => {
      if (opened !== undefined) await close(opened.world);
      opened = undefined;
    },
  };
};

/** Another look at measurements that cases share: the number that this case takes of each. */
interface Look<Measured> extends Omit<BenchCase, 'prepare' | 'ours' | 'peer' | 'finish'> { readonly of: (measured: Measured) => number }

/**
 * Makes cases that look at the same measurements, such as two percentiles of the same calls: the first of them to be run
 * measures, and the others take what it has found.
 */
export const casesIn = <World, Measured>({ open, close, ours, peer }: { readonly open: () => Promise<World>; readonly close: (world: World) => Promise<void> } & Readonly<Record<'ours' | 'peer', (world: World) => Promise<Measured>>>, looks: readonly Look<Measured>[]): readonly BenchCase[] => {
  const sides = { ours, peer };
  const found: Readonly<Record<keyof typeof sides, Measured[]>> = { ours: [], peer: [] };
  return looks.map(({ of, ...rest }) => {
    const seen = { ours: 0, peer: 0 };
    const look = (side: keyof typeof sides) => async (world: World | undefined): Promise<number> => {
      const measured = found[side][seen[side]] ?? (world === undefined ? undefined : await sides[side](world));
      if (measured === undefined) throw new Error(`${rest.id} has nothing to look at.`);
      found[side][seen[side]] = measured;
      seen[side] += 1;
      return of(measured);
    };
    return caseIn<World | undefined>({
      ...rest, ours: look('ours'), peer: look('peer'),
      open: async () => (found.ours.length === pairs && found.peer.length === pairs ? undefined : await open()),
      close: async (world) => { if (world !== undefined) await close(world); },
    });
  });
};

/** The value below which such a share of all are, or which it is. */
export const percentile = (values: readonly number[], share: number): number => [...values].sort((left, right) => left - right)[Math.ceil(share * values.length) - 1] ?? Number.NaN;

/** A line of bench/results.json; `null` stands for a side that did not finish. */
export interface BenchResult {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number | null;
  readonly peer: number | null;
  /** How many times better than the peer. */
  readonly ratio: number | null;
  readonly goal: number;
  readonly machine: string;
  readonly date: string;
}

/** The middle value; `undefined` of none. */
export const median = (values: readonly number[]): number | undefined => {
  const sorted = [...values].sort((left, right) => left - right);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
};

const digits = (value: number | undefined): number | null => (value === undefined ? null : Number(value.toPrecision(4)));

/** Measures a case in interleaved pairs, so that a machine that slows down slows both sides. */
export const measure = async (bench: BenchCase, machine: string, date: string): Promise<BenchResult> => {
  await bench.prepare?.();
  const ours: number[] = [];
  const peer: number[] = [];
  // A side that did not finish is not tried again, and has no number.
  const unfinished = new Set<number[]>();
  try {
    for (let pair = 0; pair < pairs; pair += 1) {
      const sides = pair % 2 === 0 ? [[ours, bench.ours], [peer, bench.peer]] as const : [[peer, bench.peer], [ours, bench.ours]] as const;
      for (const [values, side] of sides) {
        if (unfinished.has(values)) continue;
        const value = await side();
        if (value === undefined) unfinished.add(values);
        else values.push(value);
      }
    }
  } finally {
    await bench.finish?.();
  }
  const [mine, theirs] = [ours, peer].map((values) => (unfinished.has(values) ? undefined : median(values)));
  const ratio = mine === undefined || theirs === undefined ? undefined : bench.better === 'more' ? mine / theirs : theirs / mine;
  return { id: bench.id, what: bench.what, unit: bench.unit, ours: digits(mine), peer: digits(theirs), ratio: digits(ratio), goal: bench.goal, machine, date };
};
