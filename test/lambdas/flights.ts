import type { ReceivedRecord } from '../../core/event/record';

/** Noon of a day in June; tests count from here. */
export const noon = Date.parse('2001-06-01T12:00:00.000Z');
const minute = 60_000;

export interface Landing {
  readonly sequence: number;
  readonly shard?: string;
  readonly id?: string;
  readonly origin?: string;
  readonly destination?: string;
  readonly delayMinutes?: unknown;
  /** Minutes after noon. */
  readonly landedAt?: number;
  readonly arrivedAt?: number;
  readonly type?: string;
}

/** A record of a flight that has landed, as the stream gives it. */
export const landed = ({ sequence, shard = 'shardId-0', id = `${shard}-${sequence}`, origin = 'ORD', destination = 'JFK', delayMinutes = 5, landedAt = 0, arrivedAt = landedAt, type = 'flight.landed' }: Landing): ReceivedRecord => ({
  position: { source: 'headrace-test-events', shard, sequence: String(sequence), subSequence: 0 }, partitionKey: origin, arrival: noon + arrivedAt * minute, batchId: null,
  data: JSON.stringify({ specversion: '1.0', id, source: 'airline', type, time: new Date(noon + landedAt * minute).toISOString(),
    data: { origin, destination, distance: 606, scheduledDeparture: '2001-06-01T09:00:00Z', departureHour: 4, departureWeekday: 5, delayMinutes } }),
});
