import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { previewView } from '../../../cli/features/preview';
import { generateValidators } from '../../../cli/generate-validators';
import type { Project } from '../../../cli/project';
import { manifest } from '../../fixtures/flights';

const flight = (id: string, time: string, told: Readonly<Record<string, unknown>> = {}, envelope: Readonly<Record<string, unknown>> = {}) => JSON.stringify({ specversion: '1.0', id, source: '/a', type: 'flight.landed', time, ...envelope,
  data: { origin: 'ORD', destination: 'JFK', distance: 600, scheduledDeparture: '2001-06-01T08:00:00Z', departureHour: 3, departureWeekday: 5, delayMinutes: 20, ...told } });

describe('a preview of a view', () => {
  let directory: string;
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'preview-')); });
  afterEach(() => { rmSync(directory, { recursive: true }); });

  const preview = (lines: readonly string[], key?: string, at?: string) => {
    const [validators, events] = [join(directory, 'validators.js'), join(directory, 'events.ndjson')];
    writeFileSync(validators, generateValidators(manifest));
    writeFileSync(events, `${lines.join('\n')}\n`);
    return previewView({ validators } as Project, manifest, 'airport_departures', events, key, at === undefined ? undefined : Date.parse(at));
  };

  it('counts each event of a file once, by its contract, just after the last', async () => {
    const found = await preview([flight('1', '2001-06-01T10:00:00Z'), flight('1', '2001-06-01T10:00:00Z'), flight('2', '2001-06-01T10:30:00Z', { delayMinutes: -4 }), flight('3', '2001-06-01T10:30:00Z', { origin: 'ord' }), 'no event']);
    expect(found).toMatchObject({ moment: '2001-06-01T10:30:00.001Z', accepted: 3, other: 1, rejected: { 'pattern_mismatch /data/origin': 1, 'not_json ': 1 } });
    expect(found.entities).toEqual([expect.objectContaining({ entity: 'airport|ORD', events: 2, features: expect.objectContaining({ flights_1h: 2, mean_delay_1h: 8, late_share_1h: 0.5, last_delay_7d: -4 }) })]);
  });

  it('tells what was known at a moment, of one entity', async () => {
    const found = await preview([flight('1', '2001-06-01T10:00:00Z'), flight('2', '2001-06-01T10:05:00Z', {}, { recordedtime: '2001-06-01T11:00:00Z' }), flight('3', '2001-06-01T10:06:00Z', { origin: 'SFO' })], 'ORD', '2001-06-01T10:30:00Z');
    expect(found.entities).toEqual([expect.objectContaining({ entity: 'airport|ORD', events: 1, features: expect.objectContaining({ flights_1h: 1 }) })]);
  });

  it('says that there is no such file', async () => {
    await expect(previewView({} as Project, manifest, 'airport_departures', join(directory, 'none'), undefined, undefined)).rejects.toThrow('There is no file');
  });
});
