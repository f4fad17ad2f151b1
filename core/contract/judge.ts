import type { CloudEvent, EventTimes } from '../event/cloud-event';
import type { ReceivedRecord } from '../event/record';
import type { EpochMillis } from '../event/time';
import { clockTolerance, effectiveTime, isoText, knownAt, parseTimestamp } from '../event/time';
import { activeContracts } from './active';
import type { Contract, Contracts } from './contracts';
import { contractOfSchema } from './contract-of-schema';
import type { Decoded, Undecodable } from './decode';
import { decode } from './decode';
import { envelopeFault, isEnvelope } from './envelope';
import { rejection, rejectionOf } from './faults';
import type { Opened } from './opened';
import type { Rejection } from './rejection';
import { describe, shortened } from './rejection';

/** An event that keeps its contract. */
export interface Accepted {
  readonly accepted: true;
  readonly contract: Contract;
  readonly event: CloudEvent;
  /** The event as received, on one line; made when it is asked for where it came in another form. */
  readonly text: string | (() => string);
  readonly times: EventTimes;
}

/** An event that breaks its contract, or is no event at all. */
interface Rejected {
  readonly accepted: false;
  readonly rejection: Rejection;
  /** The type that it says it is of, when that could be read; not necessarily one that there is. */
  readonly eventType: string | null;
}

export type Judgement = Accepted | Rejected;

const rejected = (reason: Rejection, eventType: string | null): Rejected => ({ accepted: false, rejection: reason, eventType });

/** The version that `dataschema` names by its ending `<type>/v<n>`; undefined when it names none. */
const versionIn = (dataschema: string, type: string): number | undefined => {
  const marker = `${type}/v`;
  const at = dataschema.lastIndexOf(marker);
  if (at === -1 || (at > 0 && !'/:#'.includes(dataschema.charAt(at - 1)))) return undefined;
  const digits = dataschema.slice(at + marker.length);
  return /^\d{1,9}$/u.test(digits) ? Number(digits) : undefined;
};

/** The contract of an event: the version that it names, or that its schema is, or else the newest; of those that are active when it arrives. */
const contractFor = ({ type, dataschema }: CloudEvent, arrival: EpochMillis, contracts: Contracts, schema: Opened['schema'] | undefined): Contract | Rejection => {
  const active = activeContracts(type, arrival, contracts);
  const [newest] = active;
  if (newest === undefined)
    return rejection('unknown_type', '/type', shortened(type), shortened([...contracts.types.keys()].join(', ')), 'correct the type, or define and deploy the event type first');
  const version = typeof dataschema === 'string' ? versionIn(dataschema, type) : undefined;
  const named = version === undefined ? undefined : active.find(({ definition }) => definition.version === version);
  if (named !== undefined) return named;
  // What the registry has let in is compatible: an event of a version that is none of ours, or not active yet, is read as the newest.
  if (schema !== undefined) return contractOfSchema(schema, active, contracts.types.get(type) ?? active) ?? newest;
  return version === undefined ? newest : rejection('unknown_version', '/dataschema', `version ${version}${contracts.names.has(`${type}@v${version}`) ? ', which was not active yet' : ''}`, `versions ${active.map(({ definition }) => definition.version).reverse().join(', ')}`, 'name a version that is deployed, or deploy this one first');
};

const isRejection = (value: Contract | Rejection | EventTimes): value is Rejection => 'code' in value;

const invalidTime = (path: string, found: unknown): Rejection =>
  rejection('time_invalid', path, describe(found), 'a moment such as 2001-01-31T18:00:00Z', 'send date, time and offset as RFC 3339 has them: a T between, seconds, and Z or an offset such as +01:00');

const timesOf = (event: CloudEvent, arrival: EpochMillis, trustsRecorded: boolean): EventTimes | Rejection => {
  const eventTime = parseTimestamp(event.time);
  if (eventTime === undefined) return invalidTime('/time', event.time);
  let recorded: EpochMillis | undefined;
  if (trustsRecorded && typeof event.recordedtime === 'string') {
    // Producers that record as it happens send one text twice.
    recorded = event.recordedtime === event.time ? eventTime : parseTimestamp(event.recordedtime);
    if (recorded === undefined) return invalidTime('/recordedtime', event.recordedtime);
  }
  const known = knownAt(arrival, recorded);
  if (eventTime > known + clockTolerance)
    return rejection('time_in_future', '/time', `${isoText(eventTime)}, ${Math.ceil((eventTime - known) / 1000)} seconds ahead`, `at most ${clockTolerance / 60_000} minutes after ${isoText(known)}, when it was known`, 'correct the clock of the producer, or send the moment at which it happened');
  return { eventTime, effectiveTime: effectiveTime(eventTime, known), knownAt: known, arrival };
};

/** What a codec made of a payload: its text is made when it is asked for, as not everyone who judges keeps it. */
interface DecodedElsewhere { readonly ok: true; readonly value: unknown; readonly textOf: () => string }

/** What a record says, of whatever form it came in. */
const contentOf = ({ data, opened }: ReceivedRecord): Decoded | DecodedElsewhere | Undecodable => {
  if (opened === undefined) return decode(data);
  if ('rejection' in opened) return { ok: false, rejection: opened.rejection };
  return 'json' in opened ? decode(opened.json) : { ok: true, textOf: opened.text, value: opened.value };
};

/**
 * Judges a record by its contract. Pure: the same record and contracts give the same judgement, in every consumer and at
 * every retry, whatever the clock says.
 *
 * @throws Error when a contract is active that this program does not know: a fault that a later try mends
 */
export const judge = (record: ReceivedRecord, contracts: Contracts): Judgement => {
  const schema = record.opened?.schema;
  const decoded = contentOf(record);
  if (!decoded.ok) return rejected(decoded.rejection, schema?.type ?? null);
  const { value } = decoded;
  if (!isEnvelope(value)) {
    const { reason, eventType } = envelopeFault(value);
    return rejected(reason, eventType);
  }
  if (schema !== undefined && schema.type !== value.type && schema.isOneOfSeveral !== true)
    return rejected(rejection('schema_mismatch', '/type', shortened(value.type), shortened(schema.type), 'write the event with the schema of its own type'), shortened(value.type));
  const contract = contractFor(value, record.arrival, contracts, schema);
  if (isRejection(contract)) return rejected(contract, shortened(value.type));
  const times = timesOf(value, record.arrival, contract.definition.knownAt === 'recordedtime');
  if (isRejection(times)) return rejected(times, value.type);
  if (!contract.validate(value.data)) return rejected(rejectionOf(contract, contract.validate.errors?.[0], value.data), value.type);
  return { accepted: true, contract, event: value, text: 'text' in decoded ? decoded.text : decoded.textOf, times };
};
