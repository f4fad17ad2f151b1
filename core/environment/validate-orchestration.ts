import type { Orchestration } from './orchestration';
import { between, oneOf, type SettingProblem } from './problem';

const isDay = (text: unknown): boolean => {
  const moment = typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // The 30th of February would be the 2nd of March.
  return Number.isFinite(moment) && new Date(moment).toISOString().startsWith(String(text));
};

/** What is wrong with who starts datasets. */
export const orchestrationProblems = (orchestration: Orchestration | undefined): SettingProblem[] => {
  const kinds = oneOf('orchestration.kind', orchestration?.kind, ['scheduler', 'airflow']);
  if (orchestration?.kind !== 'airflow') return kinds;
  const { startDate, retries = 3, retryMinutes = 5, concurrency = 2, pollSeconds = 15, dependencyPollSeconds = 60, mwaa } = orchestration;
  return [
    ...(isDay(startDate) ? [] : [{ field: 'orchestration.startDate', found: startDate, allowed: 'a day, such as 2026-03-01' }]),
    ...between('orchestration.retries', retries, 0, 10, 'times'),
    ...between('orchestration.retryMinutes', retryMinutes, 0, 1440, 'minutes'),
    ...between('orchestration.concurrency', concurrency, 1, 16, 'batches'),
    ...between('orchestration.pollSeconds', pollSeconds, 1, 600, 'seconds'),
    ...between('orchestration.dependencyPollSeconds', dependencyPollSeconds, 1, 3600, 'seconds'),
    ...(mwaa === undefined ? [] : [
      ...oneOf('orchestration.mwaa.environmentClass', mwaa.environmentClass ?? 'mw1.small', ['mw1.small', 'mw1.medium', 'mw1.large']),
      ...between('orchestration.mwaa.workers', mwaa.workers ?? 2, 1, 25, 'workers'),
    ]),
  ];
};
