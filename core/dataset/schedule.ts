export const weekdays = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
export type Weekday = (typeof weekdays)[number];

/** When a dataset is run: at a minute of each hour, or at a time of each day or of some, in a time zone (IANA; UTC when nothing is said). */
export type Schedule =
  | { readonly hourly: number }
  | { readonly daily: string; readonly on?: readonly Weekday[]; readonly timeZone?: string };

const timePattern = /^(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)$/u;

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== '';
  } catch {
    return false;
  }
};

/** What is wrong with a schedule, in words. */
export const scheduleProblems = (schedule: Schedule): readonly string[] => {
  if ('hourly' in schedule) return Number.isInteger(schedule.hourly) && schedule.hourly >= 0 && schedule.hourly <= 59 ? [] : [`is run at the minute ${schedule.hourly} of each hour; a minute is a whole number from 0 to 59`];
  const { daily, on, timeZone = 'UTC' } = schedule;
  return [
    ...(timePattern.test(daily) ? [] : [`is run each day at '${daily}'; a time is written 06:30`]),
    ...(on === undefined || (on.length > 0 && on.every((day) => weekdays.includes(day))) ? [] : [`is run on '${on.join(', ')}'; days are ${weekdays.join(', ')}`]),
    ...(isTimeZone(timeZone) ? [] : [`is run in the time zone '${timeZone}', which is none of IANA's, such as Europe/Berlin`]),
  ];
};

/** Hour and minute of a daily time, without leading zeros. */
const hourAndMinute = (daily: string): readonly [hour: number, minute: number] => {
  const [hour = 0, minute = 0] = daily.split(':').map(Number);
  return [hour, minute];
};

/** A schedule as cron has it (crontab(5)): days of the week by name, minutes of a time without leading zeros. */
export const cronExpression = (schedule: Schedule): { readonly expression: string; readonly timeZone: string } => {
  if ('hourly' in schedule) return { expression: `${schedule.hourly} * * * *`, timeZone: 'UTC' };
  const [hour, minute] = hourAndMinute(schedule.daily);
  return { expression: `${minute} ${hour} * * ${schedule.on?.join(',') ?? '*'}`, timeZone: schedule.timeZone ?? 'UTC' };
};

/** A schedule as EventBridge Scheduler takes it (user guide, "Cron-based schedules"). */
export const schedulerExpression = (schedule: Schedule): { readonly expression: string; readonly timeZone: string } => {
  if ('hourly' in schedule) return { expression: `cron(${schedule.hourly} * * * ? *)`, timeZone: 'UTC' };
  const [hour, minute] = hourAndMinute(schedule.daily);
  const days = schedule.on === undefined ? '* * ?' : `? * ${schedule.on.join(',')}`;
  return { expression: `cron(${minute} ${hour} ${days} *)`, timeZone: schedule.timeZone ?? 'UTC' };
};
