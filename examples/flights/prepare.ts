import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import timeZoneAt from 'tz-lookup';

/** Where the flights stand, ready to be imported and played. */
export interface PreparedFlights {
  /** Landings before {@link playbackStart}, Parquet, in the order in which they became known. */
  readonly history: string;
  /** Landings from then on. */
  readonly playback: string;
  /** The airports, CSV. */
  readonly airports: string;
  /** Hash of the source and of how it is prepared. */
  readonly version: string;
}

/** What landed earlier is history, what lands later is played. */
export const playbackStart = '2001-06-01T00:00:00.000Z';

const packageFile = (name: string): string => join(dirname(require.resolve('vega-datasets')), '..', 'data', name);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The flights as events. Departures are local in the source and become UTC by the time zone of the origin's coordinates.
 * A landing is estimated as departure + 30 minutes + distance at 7.5 miles a minute + delay; the delay is known from then on.
 * The row's place in the source file is its identity: rows that are alike in every column are still two flights.
 * Eleven delays lie outside of what the contract allows: they stay in, and the platform refuses them.
 */
const eventsQuery = (flights: string): string => `
  WITH departed AS (
    SELECT flight.*, zone.zone, timezone(zone.zone, CAST(flight.date AS TIMESTAMP)) AS departure
    FROM read_parquet(${quoted(flights)}, file_row_number = true) AS flight JOIN zone ON zone.iata = flight.origin
  ), landed AS (
    SELECT *, departure + to_milliseconds(CAST(round((30 + distance / 7.5 + delay) * 60000) AS BIGINT)) AS landing FROM departed
  )
  SELECT 'flight-' || file_row_number AS id, '/flights/us/2001' AS source,
    CAST(landing AT TIME ZONE 'UTC' AS TIMESTAMP) AS time, CAST(landing AT TIME ZONE 'UTC' AS TIMESTAMP) AS recordedtime,
    CAST(origin AS VARCHAR) AS origin, CAST(destination AS VARCHAR) AS destination, CAST(distance AS INTEGER) AS distance,
    CAST(departure AT TIME ZONE 'UTC' AS TIMESTAMP) AS "scheduledDeparture",
    CAST(hour(date) AS INTEGER) AS "departureHour", CAST(isodow(date) AS INTEGER) AS "departureWeekday", CAST(delay AS INTEGER) AS "delayMinutes"
  FROM landed`;

/** Changes with the source and with what is made of it, so that what was prepared otherwise is made again. */
const versionOf = (flights: string): string => createHash('sha256').update(readFileSync(flights)).update(eventsQuery('')).update(playbackStart).digest('hex');

/**
 * Prepares the flights, unless they stand there already.
 *
 * @param directory a directory for the prepared files
 * @param flights the source, Parquet
 */
export const prepareFlights = async (directory: string, flights: string = packageFile('flights-3m.parquet')): Promise<PreparedFlights> => {
  const prepared = { history: join(directory, 'history.parquet'), playback: join(directory, 'playback.parquet'), airports: packageFile('airports.csv'), version: versionOf(flights) };
  const stamp = join(directory, 'version');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === prepared.version) return prepared;
  mkdirSync(directory, { recursive: true });
  rmSync(stamp, { force: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '4GB', temp_directory: directory });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const airports = (await connection.runAndReadAll(`SELECT iata, latitude, longitude FROM read_csv(${quoted(prepared.airports)})`)).getRows();
    await connection.run('CREATE TABLE zone (iata VARCHAR, zone VARCHAR)');
    const appender = await connection.createAppender('zone');
    for (const [iata, latitude, longitude] of airports) {
      appender.appendVarchar(String(iata));
      appender.appendVarchar(timeZoneAt(Number(latitude), Number(longitude)));
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(`CREATE TABLE event AS SELECT * FROM (${eventsQuery(flights)}) ORDER BY recordedtime, CAST(substr(id, 8) AS INTEGER)`);
    for (const [file, side] of [[prepared.history, '<'], [prepared.playback, '>=']] as const) {
      await connection.run(`COPY (SELECT * FROM event WHERE recordedtime ${side} TIMESTAMP ${quoted(playbackStart.slice(0, 19))}) TO ${quoted(`${file}.part`)} (FORMAT parquet, ROW_GROUP_SIZE 100000)`);
      renameSync(`${file}.part`, file);
    }
    writeFileSync(stamp, prepared.version);
    return prepared;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};
