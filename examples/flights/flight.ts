import { DuckDBInstance } from '@duckdb/node-api';

/** A flight as it is put on the stream and as it is asked about. */
export interface Flight {
  readonly id: string;
  readonly origin: string;
  readonly destination: string;
  readonly distance: number;
  readonly departureHour: number;
  readonly departureWeekday: number;
  readonly delayMinutes: number;
  /** Epoch milliseconds, UTC. */
  readonly scheduledDeparture: number;
  /** When it landed and its delay became known; epoch milliseconds, UTC. */
  readonly landing: number;
}

/** More than a quarter of an hour late: what the model predicts. */
export const isLate = ({ delayMinutes }: Flight): boolean => delayMinutes > 15;

/** The flights of a prepared file that landed in a range or departed in it, in the order in which they became known. */
export const readFlights = async (file: string, from: number, to: number): Promise<readonly Flight[]> => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(`
      SELECT id, origin, destination, distance, "departureHour", "departureWeekday", "delayMinutes",
        CAST(epoch_ms("scheduledDeparture") AS DOUBLE) AS "scheduledDeparture", CAST(epoch_ms(recordedtime) AS DOUBLE) AS landing
      FROM read_parquet('${file.replaceAll("'", "''")}')
      WHERE (epoch_ms(recordedtime) >= ${from} AND epoch_ms(recordedtime) < ${to}) OR (epoch_ms("scheduledDeparture") >= ${from} AND epoch_ms("scheduledDeparture") < ${to})
      ORDER BY recordedtime, CAST(substr(id, 8) AS INTEGER)`);
    return reader.getRowObjectsJson() as unknown as readonly Flight[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const iso = (instant: number): string => new Date(instant).toISOString();

/** The flight's landing as a CloudEvents 1.0 event (JSON format). */
export const landedEvent = (flight: Flight): Readonly<Record<string, unknown>> => ({
  specversion: '1.0', id: flight.id, source: '/flights/us/2001', type: 'flight.landed', time: iso(flight.landing), recordedtime: iso(flight.landing),
  data: {
    origin: flight.origin, destination: flight.destination, distance: flight.distance, scheduledDeparture: iso(flight.scheduledDeparture),
    departureHour: flight.departureHour, departureWeekday: flight.departureWeekday, delayMinutes: flight.delayMinutes,
  },
});

/** The flight as an instance of a prediction request. */
export const predictionInstance = (flight: Flight): Readonly<Record<string, unknown>> => ({
  entities: { origin: { iata: flight.origin }, destination: { iata: flight.destination } },
  request: { distance: flight.distance, departureHour: flight.departureHour, departureWeekday: flight.departureWeekday },
  // By which the prediction is found again when the flight has landed.
  reference: flight.id,
});
