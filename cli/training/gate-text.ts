import type { GateResult, Verdict } from '../../core/model/gate';

/** Rules whose value must reach the limit; that of the others must not pass it. */
const reaches: ReadonlySet<Verdict['rule']> = new Set(['rows', 'auc', 'slice auc']);

/** How far a value is from where the gate would refuse it. */
const marginOf = ({ rule, value, limit }: Verdict): number => (value === null ? Number.NEGATIVE_INFINITY : reaches.has(rule) ? value - limit : limit - value);

const digits = (value: number | null | undefined): string => (value === null || value === undefined || !Number.isFinite(value) ? '-' : Number.isInteger(value) ? String(value) : value.toFixed(4));

const row = (cells: readonly string[]): string => `  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(40) : cell.padStart(9))).join(' ')}`.trimEnd();

/** Of slices the one that came closest to being refused stands for all: there may be dozens. */
const shownOf = (verdicts: readonly Verdict[]): readonly (readonly [name: string, verdict: Verdict])[] => [...Map.groupBy(verdicts, ({ rule }) => rule)].flatMap(([rule, all]) => {
  const [closest] = all.toSorted((left, right) => marginOf(left) - marginOf(right));
  if (closest === undefined) return [];
  return [[closest.slice === undefined ? rule : `${rule}, closest of ${all.length}: ${closest.slice}`, closest] as const];
});

/** What the gate has looked at, of a version that it let pass: a line for each rule, with what the champion has and how much was left. */
export const gateText = ({ champion, verdicts }: Pick<GateResult, 'champion' | 'verdicts'>): readonly string[] => [
  `the gate has let it pass${champion === null ? '; there was no champion to compare it with' : `, beside the champion ${champion}`}`,
  row(['', 'found', 'champion', 'limit', 'margin']),
  ...shownOf(verdicts).map(([name, verdict]) => row([name, digits(verdict.value), digits(verdict.champion), digits(verdict.limit), digits(marginOf(verdict))])),
];
