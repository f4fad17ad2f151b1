import { judge } from '../../../core/contract/judge';
import type { Flight } from '../../../examples/flights/flight';
import { landedEvent } from '../../../examples/flights/flight';
import { contracts } from '../../fixtures/flights';

const flight: Flight = {
  id: 'flight-7', origin: 'ORD', destination: 'LGA', distance: 733, departureHour: 17, departureWeekday: 5, delayMinutes: 12,
  scheduledDeparture: Date.parse('2001-06-01T22:00:00Z'), landing: Date.parse('2001-06-02T00:19:44Z'),
};
const judged = (each: Flight) => judge({ position: { source: 'stream', shard: 'shardId-0', sequence: '1', subSequence: 0 }, partitionKey: each.origin, arrival: Date.now(), batchId: null, data: JSON.stringify(landedEvent(each)) }, contracts);

describe('a flight that has landed', () => {
  it('keeps the contract, and was known when it landed', () => {
    expect(judged(flight)).toMatchObject({ accepted: true, times: { knownAt: flight.landing, effectiveTime: flight.landing } });
  });

  it.each([1441, -181])('is refused with a delay of %d minutes, as some rows of the source have', (delayMinutes) => {
    expect(judged({ ...flight, delayMinutes })).toMatchObject({ accepted: false, rejection: { code: 'out_of_range' } });
  });
});
