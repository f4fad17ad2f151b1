import type { ApplicationStatus, FlinkApplications } from '../../lib/runtime/flink-application';

/** What starting and stopping needs from outside. */
export interface RunEffects {
  readonly applications: FlinkApplications;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Whether there is time for another look. */
  readonly hasTime: () => boolean;
}

const lookMilliseconds = 3000;

/** Looks until an application does nothing that would be refused to interrupt, or no time is left. */
const settled = async (name: string, { applications, sleep, hasTime }: RunEffects): Promise<ApplicationStatus | undefined> => {
  for (;;) {
    const status = await applications.status(name);
    if (status === undefined || status === 'READY' || status === 'RUNNING' || status === 'ROLLED_BACK' || !hasTime()) return status;
    await sleep(lookMilliseconds);
  }
};

/**
 * Lets an application run: as it is when it runs already, from its latest snapshot when it has one, and else without any
 * state, when it reads its topic from the first record that is kept.
 *
 * @throws Error when it does not come to run: its log says why
 */
export const startApplication = async (name: string, effects: RunEffects): Promise<void> => {
  const { applications, sleep } = effects;
  let isStarted = false;
  for (let status = await settled(name, effects); status !== 'RUNNING'; status = await settled(name, effects)) {
    if (status !== 'READY' || isStarted) throw new Error(`The Flink application ${name} is ${status ?? 'not there'} and does not run; its log says why, see docs/runbook.md#feature-aggregator-behind.`);
    await applications.start(name, await applications.hasSnapshot(name));
    isStarted = true;
    await sleep(lookMilliseconds);
  }
};

/** Stops an application, with a snapshot where it can take one; one that is not there, or does not run, is stopped already. */
export const stopApplication = async (name: string, effects: RunEffects): Promise<void> => {
  const status = await settled(name, effects);
  if (status === undefined || status === 'READY') return;
  try {
    await effects.applications.stop(name, status !== 'RUNNING');
  } catch {
    // It may fail again and again, and then takes no snapshot: what it would hold is in its topic.
    await effects.applications.stop(name, true);
  }
  await effects.sleep(lookMilliseconds);
  const after = await settled(name, effects);
  if (after !== undefined && after !== 'READY') throw new Error(`The Flink application ${name} is ${after} and could not be stopped; stop it in the console, then try again.`);
};
