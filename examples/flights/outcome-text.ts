import { isLate } from './flight';
import type { Outcome } from './playback';

const percent = (share: number): string => `${Math.round(share * 100)}%`;

const arrival = (delayMinutes: number): string =>
  delayMinutes > 0 ? `${delayMinutes} min late` : delayMinutes < 0 ? `${-delayMinutes} min early` : 'on time';

/** A prediction beside what then happened, as a line. */
export const outcomeLine = ({ flight, probability }: Outcome): string => {
  const departure = new Date(flight.scheduledDeparture).toISOString();
  return `${departure.slice(0, 10)} ${departure.slice(11, 16)}Z  ${flight.origin} → ${flight.destination}  late: ${percent(probability).padStart(4)}   landed ${arrival(flight.delayMinutes)}`;
};

const edges = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1] as const;

/** Predictions, grouped by probability, beside the share that was late in fact. */
export const reliabilityTable = (outcomes: readonly Outcome[]): readonly string[] => [
  'predicted late    flights   late in fact',
  ...edges.slice(1).flatMap((upper, index) => {
    const lower = edges[index] ?? 0;
    const group = outcomes.filter(({ probability }) => probability >= lower && (probability < upper || upper === 1));
    if (group.length === 0) return [];
    const late = group.filter(({ flight }) => isLate(flight)).length;
    return [`${`${percent(lower).padStart(4)} to ${percent(upper).padStart(4)}`.padEnd(16)} ${group.length.toLocaleString('en').padStart(8)}   ${percent(late / group.length).padStart(12)}`];
  }),
];
