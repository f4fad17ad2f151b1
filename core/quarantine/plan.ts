import type { QuarantineLine } from '../lake/line';
import type { ReplayDecision } from './replay';

/** What becomes of a rejected event: a decision, or why it was not even looked at. */
export type ReplayOutcome = ReplayDecision['kind'] | 'replayed' | 'in_raw' | 'batch' | 'copy';

/** In words, for a table of a plan; those that nothing is done with end in what to do. */
export const outcomeTexts: Readonly<Record<ReplayOutcome, string>> = {
  put: 'to be put on the stream',
  replayed: 'replayed before',
  in_raw: 'in raw already: an event of the same source and id was accepted, or this one was and could not be folded',
  copy: 'copies of a rejected event that is put or was replayed: same source and id',
  left: 'left by the transform',
  refused: 'would be rejected again',
  unreadable: 'no JSON object, and no transform made one of it',
  failed: 'the transform failed',
  batch: 'rows of an import or a dataset: correct the file and bring it again',
};

/** How many rejected events of one reason and type come to the same. */
export interface PlannedCount {
  readonly outcome: ReplayOutcome;
  readonly reason: QuarantineLine['reason'];
  readonly eventType: string | null;
  /** For what is refused or failed: why, of the first of them. */
  readonly why?: string;
  /** A position, to look one up. */
  readonly example: string;
  readonly events: number;
}

/** Counts what a replay would do. */
export interface ReplayPlan {
  readonly add: (line: Pick<QuarantineLine, 'reason' | 'event_type' | 'lineage'>, outcome: ReplayOutcome, why?: string) => void;
  readonly counts: () => readonly PlannedCount[];
}

const order = Object.keys(outcomeTexts) as readonly ReplayOutcome[];

/** An empty plan. */
export const replayPlan = (): ReplayPlan => {
  const counts = new Map<string, PlannedCount>();
  return {
    add: ({ reason, event_type: eventType, lineage }, outcome, why) => {
      const key = JSON.stringify([outcome, reason, eventType]);
      const known = counts.get(key) ?? { outcome, reason, eventType, ...(why === undefined ? {} : { why }), example: lineage.position, events: 0 };
      counts.set(key, { ...known, events: known.events + 1 });
    },
    counts: () => [...counts.values()].sort((left, right) => order.indexOf(left.outcome) - order.indexOf(right.outcome) || right.events - left.events),
  };
};
