import type { RegisteredVersion, Registry, SchemaName } from '../../../core/contract/registration/registry';
import type { SchemaText } from '../../../core/contract/schema-text';
import type { CompatibilityMode } from '../../../core/definition/node';
import { schemaIn } from './answers';
import type { CallRegistry, ConfluentRegistrySettings } from './client';
import { confluentClient, orUndefined, RegistryFault } from './client';
import { resolveReferences } from './references';

/** Confluent's names. It has none for a subject without a second version: our own checker sees to that, and the strictest is the nearest. */
const levels: Readonly<Record<CompatibilityMode, string>> = {
  NONE: 'NONE', DISABLED: 'FULL_TRANSITIVE', BACKWARD: 'BACKWARD', BACKWARD_ALL: 'BACKWARD_TRANSITIVE', FORWARD: 'FORWARD', FORWARD_ALL: 'FORWARD_TRANSITIVE', FULL: 'FULL', FULL_ALL: 'FULL_TRANSITIVE',
};
const modes: ReadonlyMap<string, CompatibilityMode> = new Map(Object.entries(levels).filter(([mode]) => mode !== 'DISABLED').map(([mode, level]) => [level, mode as CompatibilityMode]));

const idIn = (answer: unknown): string => {
  const id = (answer as { readonly id?: unknown } | null)?.id;
  if (typeof id !== 'number') throw new Error('the schema registry gave a schema without an id.');
  return String(id);
};

const textIn = async (answer: unknown, call: CallRegistry): Promise<SchemaText> => {
  const schema = schemaIn(answer);
  if (schema === undefined) throw new Error('a version is of a format that is not read here; the subject was not made by a deploy.');
  const references = await resolveReferences(schema.references, call);
  if ('why' in references) throw new Error(`a version that is registered cannot be compared with: ${references.why}.`);
  return { definition: schema.text, references };
};

/** A registry that speaks as Confluent's does, to register contracts in: a subject for each schema. */
export const confluentRegistry = (settings: ConfluentRegistrySettings, call: CallRegistry = confluentClient(settings)): Registry => {
  const subject = ({ name }: SchemaName): string => encodeURIComponent(`${settings.subjectPrefix ?? ''}${name}`);
  const setCompatibility: Registry['setCompatibility'] = async (schema, mode) => { await call({ method: 'PUT', path: `/config/${subject(schema)}`, body: { compatibility: levels[mode] } }); };
  const versionsOf = async (schema: SchemaName): Promise<readonly number[]> => (await orUndefined(call({ method: 'GET', path: `/subjects/${subject(schema)}/versions` })) ?? []) as readonly number[];
  const bodyOf = ({ format }: SchemaName, definition: string) => ({ schema: definition, schemaType: format });

  const register = async (schema: SchemaName, definition: string): Promise<RegisteredVersion> => {
    try {
      return { id: idIn(await call({ method: 'POST', path: `/subjects/${subject(schema)}/versions`, body: bodyOf(schema, definition) })), status: 'AVAILABLE' };
    } catch (error) {
      // The registry's own check of compatibility (409), or its parser (422).
      if (error instanceof RegistryFault && (error.status === 409 || error.status === 422)) return { id: '', status: 'FAILURE', reason: error.message };
      throw error;
    }
  };

  return {
    // It is there, or the deploy ends here.
    open: async () => { await call({ method: 'GET', path: '/config' }); },
    compatibilityOf: async (schema) => {
      if ((await versionsOf(schema)).length === 0) return undefined;
      const found = await orUndefined(call({ method: 'GET', path: `/config/${subject(schema)}` })) as { readonly compatibilityLevel?: string } | undefined;
      // A subject without a level of its own, or with one that is not ours, gets one.
      return modes.get(found?.compatibilityLevel ?? '') ?? 'DISABLED';
    },
    setCompatibility,
    findVersion: async (schema, definition) => {
      const found = await orUndefined(call({ method: 'POST', path: `/subjects/${subject(schema)}`, body: bodyOf(schema, definition) }));
      return found === undefined ? undefined : { id: idIn(found), status: 'AVAILABLE' };
    },
    definitionsOf: async (schema) => {
      const texts: SchemaText[] = [];
      for (const version of [...await versionsOf(schema)].sort((left, right) => left - right)) texts.push(await textIn(await call({ method: 'GET', path: `/subjects/${subject(schema)}/versions/${version}` }), call));
      return texts;
    },
    create: async (schema, mode, definition) => {
      await setCompatibility(schema, mode);
      return await register(schema, definition);
    },
    register,
    statusOf: () => Promise.resolve('AVAILABLE'),
    // Metadata would be part of the schema, and give it another id.
    describe: () => Promise.resolve(),
  };
};
