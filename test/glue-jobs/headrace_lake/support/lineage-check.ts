import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** An OpenLineage event, as far as tests look at it. */
export interface LineageEvent {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly job: { readonly namespace: string; readonly name: string };
  readonly inputs: readonly LineagePlace[];
  readonly outputs: readonly LineagePlace[];
}

interface LineagePlace { readonly namespace: string; readonly name: string; readonly facets: Readonly<Record<string, unknown>>; readonly inputFacets?: Readonly<Record<string, unknown>>; readonly outputFacets?: Readonly<Record<string, unknown>> }

/** What of events does not fit OpenLineage's own classes, which are made from its JSON schemas. */
export const lineageFaults = (events: readonly unknown[]): unknown => {
  const { stdout, stderr } = spawnSync(join(__dirname, '..', '..', '..', '..', '.headrace', 'venv', 'bin', 'python'), [join(__dirname, 'check_lineage.py')], { input: events.map((event) => `${JSON.stringify(event)}\n`).join(''), encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
};
