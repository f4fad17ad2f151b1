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
  let world: World | undefined;
  const opened = (): World => {
    if (world === undefined) throw new Error(`${rest.id} was not prepared.`);
    return world;
  };
  return {
    ...rest,
    prepare: async () => { world = await open(); },
    ours: () => ours(opened()),
    peer: () => peer(opened()),
    finish: async () => {
      if (world !== undefined) await close(world);
      world = undefined;
    },
  };
};

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

const pairs = 5;
const digits = (value: number | undefined): number | null => (value === undefined ? null : Number(value.toPrecision(4)));

/** Measures a case in interleaved pairs, so that a machine that slows down slows both sides. */
export const measure = async (bench: BenchCase, machine: string, date: string): Promise<BenchResult> => {
  await bench.prepare?.();
  const ours: number[] = [];
  const peer: number[] = [];
  let finished = true;
  try {
    for (let pair = 0; pair < pairs && finished; pair += 1) {
      const sides = pair % 2 === 0 ? [[ours, bench.ours], [peer, bench.peer]] as const : [[peer, bench.peer], [ours, bench.ours]] as const;
      for (const [values, side] of sides) {
        const value = await side();
        if (value === undefined) finished = false;
        else values.push(value);
      }
    }
  } finally {
    await bench.finish?.();
  }
  const [mine, theirs] = [median(ours), median(peer)];
  const ratio = mine === undefined || theirs === undefined ? undefined : bench.better === 'more' ? mine / theirs : theirs / mine;
  return { id: bench.id, what: bench.what, unit: bench.unit, ours: digits(mine), peer: digits(theirs), ratio: digits(ratio), goal: bench.goal, machine, date };
};
