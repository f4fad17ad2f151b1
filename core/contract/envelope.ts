import type { CloudEvent } from '../event/cloud-event';
import { rejection } from './faults';
import type { Rejection } from './rejection';
import { describe, kindOf, shortened } from './rejection';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
/** Characters of an `id` or a `source`: features keep them beside each value of `first` and `last`, and their items take so much. */
const longestIdentity = 1024;
const isIdentity = (value: unknown): value is string => isText(value) && value.length <= longestIdentity;
/** An attribute that is null is not there (CloudEvents JSON Event Format, section 2.2). */
const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;
const isOptionalText = (value: unknown): value is string | null | undefined => isAbsent(value) || typeof value === 'string';

const jsonContent = /^application\/(?:[\w.+-]+\+)?json(?:\s*;.*)?$/iu;

/** Whether a value is a CloudEvents 1.0 event with a time and a JSON object as data: the attributes that the platform reads are of their types. */
export const isEnvelope = (value: unknown): value is CloudEvent & Json =>
  isObject(value) && value['specversion'] === '1.0' && isText(value['type']) && isIdentity(value['id']) && isIdentity(value['source']) && typeof value['time'] === 'string'
  && isOptionalText(value['dataschema']) && isOptionalText(value['recordedtime']) && isObject(value['data']) && isAbsent(value['data_base64'])
  && (isAbsent(value['datacontenttype']) || (typeof value['datacontenttype'] === 'string' && jsonContent.test(value['datacontenttype'])));

const notCloudEvent = (path: string, found: string, allowed: string): Rejection =>
  rejection('not_cloudevent', path, found, allowed, 'send a CloudEvents 1.0 event in its JSON format: https://github.com/cloudevents/spec');

/** What is wrong first; the checks are those of {@link isEnvelope}. */
const firstFault = (event: Json): Rejection => {
  if (event['specversion'] !== '1.0') return notCloudEvent('/specversion', describe(event['specversion']), '"1.0"');
  for (const name of ['type', 'id', 'source'] as const)
    if (!isText(event[name])) return notCloudEvent(`/${name}`, describe(event[name]), 'text that is not empty');
  for (const name of ['id', 'source'] as const)
    if (!isIdentity(event[name])) return rejection('too_large', `/${name}`, `a text of ${String(event[name]).length} characters`, `at most ${longestIdentity}`, `send a shorter \`${name}\`: a UUID, or a hash of what it says`);
  if (isAbsent(event['time']))
    return rejection('missing_field', '/time', kindOf(event['time']), 'a moment such as 2001-01-31T18:00:00Z', 'send the moment at which the event happened');
  if (typeof event['time'] !== 'string') return rejection('time_invalid', '/time', describe(event['time']), 'a moment such as 2001-01-31T18:00:00Z', 'send the moment as text');
  for (const name of ['dataschema', 'recordedtime'] as const)
    if (!isOptionalText(event[name])) return notCloudEvent(`/${name}`, describe(event[name]), 'text, or nothing at all');
  if (!isAbsent(event['data_base64'])) return notCloudEvent('/data_base64', 'binary data', 'a JSON object in `data`');
  if (isAbsent(event['data'])) return rejection('missing_field', '/data', kindOf(event['data']), 'an object', 'send the fields of the event in `data`');
  if (!isObject(event['data'])) return rejection('wrong_type', '/data', kindOf(event['data']), 'an object', 'send the fields of the event as members of `data`');
  return notCloudEvent('/datacontenttype', describe(event['datacontenttype']), 'application/json, or nothing at all');
};

/** Why a value is no event, and of what type it says it is. */
export const envelopeFault = (value: unknown): { readonly reason: Rejection; readonly eventType: string | null } => {
  if (!isObject(value)) return { reason: notCloudEvent('', kindOf(value), 'an object'), eventType: null };
  const type = value['type'];
  return { reason: firstFault(value), eventType: isText(type) ? shortened(type) : null };
};
