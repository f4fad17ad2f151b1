import manifest from '@generated/manifest';
import * as validators from '@generated/validators';
import { contractsOf } from '../../../core/contract/contracts';
import type { QuarantineLine } from '../../../core/lake/line';
import { lakeBatch } from '../../../core/lake/batch';
import { breakings, brokenReasons } from '../../integration/support/broken-events';
import { record } from '../../fixtures/contracts';

const landed = {
  specversion: '1.0', id: 'flight-1', source: '/flights', type: 'flight.landed', time: '2001-06-01T12:00:00.000Z', recordedtime: '2001-06-01T12:00:00.000Z',
  data: { origin: 'ORD', destination: 'JFK', distance: 740, scheduledDeparture: '2001-06-01T09:30:00.000Z', departureHour: 4, departureWeekday: 5, delayMinutes: -3 },
};
const contracts = contractsOf(manifest, validators);

describe('a flight that was sent as it should be', () => {
  it('is kept in raw', () => { expect(lakeBatch(contracts).add(record(landed)).accepted).toBe(true); });
});

describe.each(brokenReasons)('a flight that is broken as %s', (reason) => {
  const sent = breakings[reason](landed);
  const batch = lakeBatch(contracts);
  batch.add(record(sent));
  const [object] = batch.objects();

  it('is kept under that reason, with the bytes as they were sent', () => {
    expect(object?.key.startsWith(`quarantine/${reason}/dt=2026-03-01/`)).toBe(true);
    const line = JSON.parse(object?.content.toString('utf8') ?? '') as QuarantineLine;
    expect(line.reason).toBe(reason);
    expect(Buffer.from(line.original, 'base64').equals(sent)).toBe(true);
    for (const text of [line.found, line.allowed, line.remedy]) expect(text).not.toBe('');
  });
});
