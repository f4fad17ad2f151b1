import { scheduleProblems, schedulerExpression, type Schedule } from '../../../core/dataset/schedule';
import { ticksWhereClocksChange } from '../../../lib/constructs/schedule-ticks';
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

  it('has a time that clocks skip as much later, and of one that is there twice the second, as Airflow has it', () => {
    const around = (daily: string, timeZone: string, from: string, to: string): readonly string[] => moments({ daily, timeZone }, from, to).map((moment) => moment.slice(5, 16));
    expect(around('02:30', 'Europe/Berlin', '2026-03-27T12:00:00Z', '2026-03-31T00:00:00Z')).toEqual(['03-28T01:30', '03-29T01:30', '03-30T00:30']);
    expect(around('02:30', 'Europe/Berlin', '2026-10-23T12:00:00Z', '2026-10-27T00:00:00Z')).toEqual(['10-24T00:30', '10-25T01:30', '10-26T01:30']);
    expect(around('02:00', 'Australia/Lord_Howe', '2026-10-02T00:00:00Z', '2026-10-05T00:00:00Z')).toEqual(['10-02T15:30', '10-03T15:30', '10-04T15:00']);
    expect(around('00:30', 'Asia/Beirut', '2026-03-27T00:00:00Z', '2026-03-30T00:00:00Z')).toEqual(['03-27T22:30', '03-28T22:30', '03-29T21:30']);
  });

  it('is ticked at each of its moments where clocks skip or repeat its time, and by its own zone elsewhere', () => {
    expect(ticksWhereClocksChange({ daily: '02:30', timeZone: 'Europe/Berlin' })).toBe('cron(30 0,1 * * ? *)');
    expect(ticksWhereClocksChange({ daily: '02:00', on: ['SUN'], timeZone: 'Australia/Lord_Howe' })).toBe('cron(0,30 15 * * ? *)');
    expect(ticksWhereClocksChange({ daily: '01:30', timeZone: 'America/New_York' })).toBe('cron(30 5,6 * * ? *)');
    for (const schedule of [{ hourly: 30 }, { daily: '02:30' }, { daily: '03:00', timeZone: 'Europe/Berlin' }, { daily: '02:30', timeZone: 'Asia/Tokyo' }] satisfies readonly Schedule[]) expect(ticksWhereClocksChange(schedule)).toBeUndefined();
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
