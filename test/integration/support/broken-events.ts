/** A record as a producer puts it: the bytes, and its partition key. */
export interface ProducerRecord { readonly data: Buffer; readonly partitionKey: string }

type Json = Record<string, unknown>;
type Breaking = (event: Json) => Buffer;

const text = (event: unknown): Buffer => Buffer.from(JSON.stringify(event), 'utf8');
const withData = (event: Json, change: (data: Json) => Json): Json => ({ ...event, data: change({ ...event['data'] as Json }) });

/** Eight ways in which producers break a contract; the key is the reason under which the platform keeps the event. */
export const breakings = {
  missing_field: (event) => text(withData(event, ({ delayMinutes: _gone, ...rest }) => rest)),
  wrong_type: (event) => text(withData(event, (data) => ({ ...data, distance: 'far' }))),
  out_of_range: (event) => text(withData(event, (data) => ({ ...data, departureHour: 24 }))),
  unknown_type: (event) => text({ ...event, type: 'flight.vanished' }),
  not_json: (event) => text(event).subarray(0, -2),
  not_utf8: (event) => Buffer.concat([text(event).subarray(0, 20), Buffer.from([0xc3, 0x28]), text(event).subarray(20)]),
  time_in_future: (event) => text({ ...event, time: new Date(Date.parse(String(event['time'])) + 3_600_000).toISOString() }),
  too_large: (event) => text({ ...event, subject: 'x'.repeat(300_000) }),
} as const satisfies Record<string, Breaking>;

export type BrokenReason = keyof typeof breakings;
export const brokenReasons = Object.keys(breakings) as readonly BrokenReason[];
