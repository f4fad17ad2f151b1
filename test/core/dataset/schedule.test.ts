import { scheduleProblems, schedulerExpression, type Schedule } from '../../../core/dataset/schedule';
import { lastMoment, momentsBetween } from '../../../lib/runtime/schedule-moments';

const moments = (schedule: Schedule, from: string, to: string): readonly string[] => momentsBetween(schedule, Date.parse(from), Date.parse(to)).map((moment) => new Date(moment).toISOString());

describe('a schedule', () => {
  it('is written as EventBridge Scheduler takes it', () => {
    expect(schedulerExpression({ hourly: 15 })).toEqual({ expression: 'cron(15 * * * ? *)', timeZone: 'UTC' });
    expect(schedulerExpression({ daily: '06:05', timeZone: 'Europe/Berlin' })).toEqual({ expression: 'cron(5 6 * * ? *)', timeZone: 'Europe/Berlin' });
    expect(schedulerExpression({ daily: '23:00', on: ['MON', 'FRI'] })).toEqual({ expression: 'cron(0 23 ? * MON,FRI *)', timeZone: 'UTC' });
  });

  it('has its moments by the clock of its time zone, whatever the season', () => {
    expect(moments({ daily: '06:00', timeZone: 'Europe/Berlin' }, '2026-03-27T12:00:00Z', '2026-03-30T04:00:00Z')).toEqual(['2026-03-28T05:00:00.000Z', '2026-03-29T04:00:00.000Z', '2026-03-30T04:00:00.000Z']);
    expect(moments({ daily: '06:00', on: ['MON', 'FRI'] }, '2026-03-26T12:00:00Z', '2026-04-01T00:00:00Z')).toEqual(['2026-03-27T06:00:00.000Z', '2026-03-30T06:00:00.000Z']);
    expect(moments({ hourly: 30 }, '2026-03-29T00:30:00Z', '2026-03-29T02:30:00Z')).toEqual(['2026-03-29T01:30:00.000Z', '2026-03-29T02:30:00.000Z']);
  });

  it('has each hour one moment, and none twice, on the days on which clocks change', () => {
    for (const day of ['2026-03-29', '2026-10-25']) {
      for (let hour = 0; hour < 24; hour += 1) expect(moments({ daily: `${String(hour).padStart(2, '0')}:30`, timeZone: 'Europe/Berlin' }, `${day}T00:00:00+0${day.includes('-03-') ? 1 : 2}:00`, `${day}T23:59:59+0${day.includes('-03-') ? 2 : 1}:00`)).toHaveLength(1);
    }
  });

  it('knows its last moment before another', () => {
    expect(lastMoment({ daily: '06:00' }, Date.parse('2026-03-02T06:00:00Z'))).toBe(Date.parse('2026-03-02T06:00:00Z'));
    expect(lastMoment({ daily: '06:00', on: ['MON'] }, Date.parse('2026-03-08T00:00:00Z'))).toBe(Date.parse('2026-03-02T06:00:00Z'));
  });

  it.each<readonly [Schedule, RegExp]>([
    [{ hourly: 60 }, /at the minute 60 of each hour; a minute is a whole number from 0 to 59/u],
    [{ daily: '6:00' }, /at '6:00'; a time is written 06:30/u],
    [{ daily: '24:00' }, /at '24:00'/u],
    [{ daily: '06:00', on: [] }, /is run on ''/u],
    [{ daily: '06:00', timeZone: 'Europe/Atlantis' }, /the time zone 'Europe\/Atlantis', which is none of IANA's/u],
  ])('is refused when it is %j', (schedule, message) => {
    expect(scheduleProblems(schedule).join()).toMatch(message);
  });
});
