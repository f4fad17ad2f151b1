import { dayText } from '../../core/event/time';
import type { ObjectStore } from '../../lib/runtime/object-store';

/** An OpenLineage event as the lake keeps it (openlineage.io/spec), as far as it is read here. */
export interface RunEvent {
  readonly eventType: string;
  readonly eventTime: string;
  readonly run: { readonly runId: string; readonly facets: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly job: { readonly namespace: string; readonly name: string };
  readonly inputs: readonly RunPlace[];
  readonly outputs: readonly RunPlace[];
}

export interface RunPlace { readonly namespace: string; readonly name: string; readonly facets: Readonly<Record<string, Readonly<Record<string, unknown>>>> }

const day = 86_400_000;
/** What waits longer than that has raised an alarm. */
const daysLater = 3;

/**
 * The events of a job's runs that began on the day of a moment or soon after.
 *
 * @param job `dataset.<name>` or `compact.<event type>`
 * @param from epoch milliseconds
 */
export const runEventsOf = async (curated: ObjectStore, job: string, from: number): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  for (let offset = 0; offset <= daysLater; offset += 1) {
    for await (const { key } of curated.list(`lineage/dt=${dayText(from + offset * day)}/${job}/`)) {
      const body = await curated.get(key);
      if (body !== undefined) events.push(...body.toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as RunEvent));
    }
  }
  return events;
};
