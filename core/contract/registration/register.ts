import type { SchemaDifference } from '../compatibility/difference';
import { checkCompatibility } from '../compatibility/check';
import { differenceText } from '../difference-text';
import type { SchemaText } from '../schema-text';
import { schemaOf } from '../schema-text';
import type { RegisteredVersion, Registry } from './registry';
import type { WantedSchema, WantedVersion } from './wanted';

export interface RegistrationEffects {
  readonly registry: Registry;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const pollMilliseconds = 200;
const mostPolls = 300;

/** Versions of a schema that the registry does not have yet, and what it has. */
interface Missing { readonly schema: WantedSchema; readonly versions: readonly WantedVersion[]; readonly registered: readonly SchemaText[] }

const missingOf = async (schema: WantedSchema, registry: Registry): Promise<Missing | undefined> => {
  const versions: WantedVersion[] = [];
  for (const version of schema.versions) if ((await registry.findVersion(schema, version.definition))?.status !== 'AVAILABLE') versions.push(version);
  return versions.length === 0 ? undefined : { schema, versions, registered: await registry.definitionsOf(schema) };
};

const missingIn = async (schemas: readonly WantedSchema[], registry: Registry): Promise<readonly Missing[]> => {
  const missing: Missing[] = [];
  for (const schema of schemas) {
    const each = await missingOf(schema, registry);
    if (each) missing.push(each);
  }
  return missing;
};

const refusalText = (contract: string, schema: string, mode: string, differences: readonly SchemaDifference[]): string =>
  `${contract} is not ${mode} compatible with what is registered as ${schema}: ${differences.map(differenceText).join('; ')}`;

/** Why a version must not be registered after the former ones; `undefined` when it may. */
const refusalOf = ({ name, format }: WantedSchema, { contract, compatibility, definition }: WantedVersion, previous: readonly SchemaText[]): string | undefined => {
  const verdict = checkCompatibility({ format, mode: compatibility, proposed: schemaOf(format, { definition }), previous: previous.map((text) => schemaOf(format, text)) });
  return verdict.compatible ? undefined : refusalText(contract, name, compatibility, verdict.differences);
};

const refusalsOf = ({ schema, versions, registered }: Missing): readonly string[] => versions.flatMap((version, index) => {
  const refusal = refusalOf(schema, version, [...registered, ...versions.slice(0, index)]);
  return refusal === undefined ? [] : [refusal];
});

const settled = async ({ id, status }: RegisteredVersion, { registry, sleep }: RegistrationEffects): Promise<string> => {
  let current = status;
  for (let poll = 0; current === 'PENDING' && poll < mostPolls; poll += 1) {
    await sleep(pollMilliseconds);
    current = await registry.statusOf(id);
  }
  return current;
};

const registerVersion = async (schema: WantedSchema, version: WantedVersion, manifestHash: string, effects: RegistrationEffects): Promise<void> => {
  const { registry } = effects;
  const { definition, compatibility, contract, contractHash } = version;
  const mode = await registry.compatibilityOf(schema);
  if (mode !== undefined && mode !== compatibility) await registry.setCompatibility(schema, compatibility);
  const made = mode === undefined ? await registry.create(schema, compatibility, definition) : await registry.register(schema, definition);
  const status = await settled(made, effects);
  if (status !== 'AVAILABLE') {
    const refusal = refusalOf(schema, version, await registry.definitionsOf(schema));
    throw new Error(refusal ?? `the schema registry did not take ${contract} as a version of ${schema.name}: it is ${status}.${made.reason === undefined ? '' : ` ${made.reason}`}`);
  }
  await registry.describe(made.id, { contract, 'contract-hash': contractHash, 'manifest-hash': manifestHash });
};

/** What a registration would come to: the contracts that would be registered, and why some would be refused. */
export interface RegistrationPlan { readonly missing: readonly string[]; readonly refusals: readonly string[] }

/** Compares contracts with what is registered, and changes nothing. */
export const planRegistration = async (schemas: readonly WantedSchema[], registry: Registry): Promise<RegistrationPlan> => {
  const missing = await missingIn(schemas, registry);
  return { missing: missing.flatMap(({ schema, versions }) => versions.map(({ contract }) => `${contract} as ${schema.name}`)), refusals: missing.flatMap(refusalsOf) };
};

/**
 * Registers contracts: all that the registry does not have, after every one of them was found compatible, so that a refusal
 * changes nothing. Safe to run again.
 *
 * @throws Error with the differences when one is not compatible, or when the registry refuses it
 */
export const registerContracts = async (schemas: readonly WantedSchema[], manifestHash: string, effects: RegistrationEffects): Promise<number> => {
  await effects.registry.open();
  const missing = await missingIn(schemas, effects.registry);
  const refusals = missing.flatMap(refusalsOf);
  if (refusals.length > 0) throw new Error(`${refusals.join(' | ')}; nothing was registered.`);
  let registered = 0;
  for (const { schema, versions } of missing) for (const version of versions) {
    await registerVersion(schema, version, manifestHash, effects);
    registered += 1;
  }
  return registered;
};
