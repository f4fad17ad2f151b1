import { randomUUID } from 'node:crypto';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Fields } from '../../core/definition/field';
import type { Event } from '../../core/definition/source';
import { versionedName } from '../../core/manifest/manifest';
import { isoText, parseTimestamp } from '../../core/event/time';
import type { OutgoingRecord } from '../runtime/event-producer';
import { putRecords } from '../runtime/event-producer';
import type { EncodeEvent, SentEvent } from './encoding';
import { plainJson } from './encoding';

interface Values { readonly string: string; readonly int: number; readonly float: number; readonly boolean: boolean; /** RFC 3339. */ readonly timestamp: string }

/** Data of an event type, as far as types can say it: which field must be there is for its contract. */
export type DataOf<F extends Fields> = { readonly [Name in keyof F]?: Values[F[Name]['scalar']] | null };

/** What a producer says of an event; the rest of the envelope is filled in. */
export interface EventToSend<Data = Readonly<Record<string, unknown>>> {
  /** With the producer's source the identity of the event: give your own where the same event could be sent twice. */
  readonly id?: string;
  /** When it happened: RFC 3339, a date, or epoch milliseconds. */
  readonly time: string | Date | number;
  readonly data: Data;
  /** When an online system recorded it; used only by event types that trust it. */
  readonly recordedTime?: string;
}

export interface ProducerSettings {
  readonly stream: string;
  /** Who sends, a URI reference such as `/airline/ops`. */
  readonly source: string;
  readonly client?: KinesisClient;
  /** How events are written; plain CloudEvents JSON unless said otherwise. */
  readonly encode?: EncodeEvent;
  /** Sends what waits when there are so many events. */
  readonly mostWaiting?: number;
  /** Sends what waits after so many milliseconds; 0: only when it is full or flushed. */
  readonly lingerMilliseconds?: number;
}

/** Puts events of declared types on a stream, many in a call. */
export interface Producer {
  /**
   * Takes an event; it is sent with others.
   *
   * @returns its id, which it keeps however often it is sent again; waits while what was taken before is sent
   * @throws Error when the event cannot be written, or when what was taken before could not be sent
   */
  readonly put: <F extends Fields>(type: Event<F>, event: EventToSend<DataOf<F>>) => Promise<string>;
  /** Sends everything that waits; when it returns, the stream has acknowledged it. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const textOf = (time: EventToSend['time']): string => {
  const text = typeof time === 'string' ? time : Number.isFinite(Number(time)) ? isoText(Number(time)) : String(time);
  if (parseTimestamp(text) === undefined) throw new TypeError(`The time of an event is ${JSON.stringify(text)}; it must be an RFC 3339 date-time such as 2001-01-31T18:00:00Z, a Date or epoch milliseconds.`);
  return text;
};

const partitionKeyOf = (type: Event, data: Readonly<Record<string, unknown>>): string => {
  const key = data[type.partitionBy];
  if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'boolean')
    throw new TypeError(`An event of ${versionedName(type)} has no ${type.partitionBy}; it is the field that records are partitioned by.`);
  return String(key).slice(0, 256) || ' ';
};

const envelope = (type: Event, source: string, { id = randomUUID(), time, data, recordedTime }: EventToSend): SentEvent => ({
  specversion: '1.0', id, source, type: type.name, time: textOf(time), dataschema: `${type.name}/v${type.version}`, ...(recordedTime === undefined ? {} : { recordedtime: recordedTime }), data,
});

/**
 * Makes a producer.
 *
 * PutRecords can take some records of a call and refuse others: those are sent again, so that events of one partition key
 * can change places by seconds. Windows count them by their time, not by their place.
 *
 * @example const producer = createProducer({ stream: 'headrace-production-events', source: '/airline/ops' });
 * await producer.put(flightLanded, { time: new Date(), data: { … } });
 * await producer.close();
 */
export const createProducer = ({ stream, source, client = new KinesisClient({}), encode = plainJson, mostWaiting = 500, lingerMilliseconds = 100 }: ProducerSettings): Producer => {
  let waiting: OutgoingRecord[] = [];
  let sending: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let failure: Error | undefined;

  const send = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const records = waiting;
    waiting = [];
    if (records.length > 0) sending = sending.then(() => putRecords(client, stream, records)).catch((error: unknown) => {
      // Kept: the next call takes up what could not be sent, before what came later.
      waiting = [...records, ...waiting];
      failure ??= error instanceof Error ? error : new Error(String(error));
    });
    return sending;
  };
  const raise = (): void => {
    if (failure === undefined) return;
    const error = failure;
    failure = undefined;
    throw error;
  };
  const flush = async (): Promise<void> => {
    await send();
    raise();
  };

  const put: Producer['put'] = async (type, event) => {
    raise();
    const sent = envelope(type, source, event);
    waiting.push({ data: await encode(type, sent), partitionKey: partitionKeyOf(type, event.data) });
    if (waiting.length >= mostWaiting) await flush();
    else if (lingerMilliseconds > 0) timer ??= setTimeout(() => { void send(); }, lingerMilliseconds);
    return sent.id;
  };
  return { put, flush, close: flush };
};
