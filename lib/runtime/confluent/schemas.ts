import type { SchemaCache } from '../../../core/contract/schema-cache';
import { wholeText } from '../../../core/contract/schema-text';
import type { EpochMillis } from '../../../core/event/time';
import type { Asked, SchemaRegistry } from '../schema-registry';
import { cachedRegistry } from '../schema-registry';
import { placesIn, schemaIn } from './answers';
import type { CallRegistry, ConfluentRegistrySettings } from './client';
import { confluentClient, orUndefined } from './client';
import { resolveReferences } from './references';

export interface ConfluentSchemasSettings extends ConfluentRegistrySettings {
  readonly now: () => EpochMillis;
  readonly cache?: SchemaCache;
}

const subjectEnding = /\.(?:json|avro|proto)$/u;

/** Ids are whole numbers of 32 bits with a sign. Of a larger one registries answer with a plain 404, which would be waited for. */
const largestId = 2 ** 31 - 1;

const ask = async (id: string, call: CallRegistry, prefix: string): Promise<Asked> => {
  if (Number(id) > largestId) return { missing: true };
  const answer = await orUndefined(call({ method: 'GET', path: `/schemas/ids/${id}` }));
  if (answer === undefined) return { missing: true };
  const schema = schemaIn(answer);
  if (schema === undefined) return { missing: true, why: 'which is of a format that is not read here' };
  // What stands under other subjects was compared with no contract of this environment. The shortest is its own: prefixes of others may begin with its prefix.
  const [place] = placesIn(await orUndefined(call({ method: 'GET', path: `/schemas/ids/${id}/versions` }))).filter(({ subject }) => subject.startsWith(prefix) && subjectEnding.test(subject)).sort((left, right) => left.subject.length - right.subject.length);
  if (place === undefined) return { missing: true, why: 'which stands under no subject of this environment' };
  // The contract judges events in JSON, and needs nothing else.
  const references = schema.format === 'JSON' ? new Map<string, string>() : await resolveReferences(schema.references, call);
  if ('why' in references) return { missing: true, why: references.why };
  const version = { id, schemaName: place.subject.slice(prefix.length), isOneOfSeveral: true, format: schema.format, versionNumber: place.version } as const;
  try {
    const definition = wholeText(schema.format, { definition: schema.text, references });
    return { ...version, definition, ...(schema.format === 'PROTOBUF' ? { references } : {}) };
  } catch {
    return { missing: true, why: 'which is no schema of its format' };
  }
};

/**
 * A registry that speaks as Confluent's does. An id counts when it stands under a subject of the environment: the prefix, the event
 * type, and `.json`, `.avro` or `.proto`. It does not say when a schema was registered; its ids come from it alone, so that nobody has
 * one before it is there.
 */
export const confluentSchemaRegistry = ({ now, cache, ...settings }: ConfluentSchemasSettings): SchemaRegistry => {
  const call = confluentClient(settings);
  return cachedRegistry('confluent', (id) => ask(id, call, settings.subjectPrefix ?? ''), now, cache);
};
