import { event, int, optional, string } from '../../../core/definition';
import { planRegistration, registerContracts } from '../../../core/contract/registration/register';
import type { Registry, VersionStatus } from '../../../core/contract/registration/registry';
import { wantedSchemas } from '../../../core/contract/registration/wanted';
import type { CompatibilityMode } from '../../../core/definition/node';
import type { Event } from '../../../core/definition/source';
import type { EventDefinition } from '../../../core/manifest/manifest';
import { manifestOf } from '../../fixtures/contracts';

const landed = (version: number, fields = {}, compatibility?: CompatibilityMode) => event('flight.landed', { version, partitionBy: 'origin', fields: { origin: string(), delay: int(), ...fields }, ...(compatibility ? { compatibility } : {}) });
const eventsOf = (...events: readonly Event[]): readonly EventDefinition[] => Object.values(manifestOf(Object.fromEntries(events.map((each, index) => [`e${index}`, each]))).events);

/** A registry in memory that takes a moment to make versions available, and says what was done to it. */
const memoryRegistry = (fate: (schema: string) => VersionStatus = () => 'AVAILABLE') => {
  const schemas = new Map<string, { mode: CompatibilityMode; versions: { id: string; definition: string; polls: number; status: VersionStatus }[] }>();
  const done: string[] = [];
  const add = (schema: string, definition: string) => {
    const version = { id: `${schema}#${(schemas.get(schema)?.versions.length ?? 0) + 1}`, definition, polls: 0, status: 'PENDING' as VersionStatus };
    schemas.get(schema)?.versions.push(version);
    done.push(`version ${version.id}`);
    return { id: version.id, status: version.status };
  };
  const registry: Registry = {
    open: async () => { await Promise.resolve(); },
    compatibilityOf: ({ name: schema }) => Promise.resolve(schemas.get(schema)?.mode),
    setCompatibility: ({ name: schema }, mode) => {
      const found = schemas.get(schema);
      if (found) found.mode = mode;
      done.push(`mode ${schema} ${mode}`);
      return Promise.resolve();
    },
    findVersion: ({ name: schema }, definition) => Promise.resolve(schemas.get(schema)?.versions.find((each) => each.definition === definition)),
    definitionsOf: ({ name: schema }) => Promise.resolve((schemas.get(schema)?.versions ?? []).filter(({ status }) => status === 'AVAILABLE').map(({ definition }) => ({ definition }))),
    create: ({ name: schema }, mode, definition) => {
      schemas.set(schema, { mode, versions: [] });
      return Promise.resolve(add(schema, definition));
    },
    register: ({ name: schema }, definition) => Promise.resolve(add(schema, definition)),
    statusOf: (id) => {
      const [schema = ''] = id.split('#');
      const version = schemas.get(schema)?.versions.find((each) => each.id === id);
      if (version && (version.polls += 1) > 1) version.status = fate(schema);
      return Promise.resolve(version?.status ?? 'FAILURE');
    },
    describe: (id, metadata) => { done.push(`describe ${id} ${metadata['contract']}`); return Promise.resolve(); },
  };
  return { registry, done, effects: { registry, sleep: () => Promise.resolve() } };
};

describe('registering contracts', () => {
  it('makes a schema for each format, with every version and what it is of', async () => {
    const { done, effects } = memoryRegistry();
    expect(await registerContracts(wantedSchemas(eventsOf(landed(1), landed(2, { carrier: optional(string()) }))), 'hash', effects)).toBe(6);
    expect(done).toEqual(['json', 'avro', 'proto'].flatMap((format) => [1, 2].flatMap((version) => [`version flight.landed.${format}#${version}`, `describe flight.landed.${format}#${version} flight.landed@v${version}`])));
  });

  it('does nothing when it is run again', async () => {
    const { done, effects } = memoryRegistry();
    const schemas = wantedSchemas(eventsOf(landed(1)));
    await registerContracts(schemas, 'hash', effects);
    const before = done.length;
    expect(await registerContracts(schemas, 'hash', effects)).toBe(0);
    expect(done).toHaveLength(before);
  });

  it('registers nothing at all when one of many is not compatible', async () => {
    const { done, effects } = memoryRegistry();
    await registerContracts(wantedSchemas(eventsOf(landed(1))), 'hash', effects);
    const before = done.length;
    const other = event('a.first', { version: 1, partitionBy: 'id', fields: { id: string() } });
    // What no compile would let through.
    const [incompatible] = eventsOf(landed(2, { gate: string() }, 'NONE'));
    const wanted = wantedSchemas([...eventsOf(other, landed(1)), { ...(incompatible as EventDefinition), compatibility: 'BACKWARD' }]);
    await expect(registerContracts(wanted, 'hash', effects)).rejects.toThrow(/flight\.landed@v2 is not BACKWARD compatible .*\/data\/gate \(field_required, backward\).*nothing was registered/u);
    expect(done).toHaveLength(before);
    expect((await planRegistration(wanted, effects.registry)).refusals).toHaveLength(2);
  });

  it('fails when the registry refuses what the checker let through', async () => {
    const { effects } = memoryRegistry((schema) => (schema.endsWith('.avro') ? 'FAILURE' : 'AVAILABLE'));
    await expect(registerContracts(wantedSchemas(eventsOf(landed(1))), 'hash', effects)).rejects.toThrow(/did not take flight\.landed@v1 as a version of flight\.landed\.avro: it is FAILURE/u);
  });

  it('sets the mode of a schema before a version that asks for another', async () => {
    const { done, effects } = memoryRegistry();
    await registerContracts(wantedSchemas(eventsOf(landed(1), landed(2, { gate: string() }, 'NONE'))), 'hash', effects);
    expect(done.filter((each) => each.startsWith('mode'))).toEqual(['mode flight.landed.json NONE', 'mode flight.landed.avro NONE', 'mode flight.landed.proto NONE']);
  });

  it('makes one version of contracts that a format cannot tell apart', () => {
    const schemas = wantedSchemas(eventsOf(landed(1, { delay: int({ max: 10 }) }), landed(2, { delay: int({ max: 20 }) })));
    expect(schemas.map(({ name, versions }) => [name, versions.map(({ contract }) => contract)])).toEqual([['flight.landed.json', ['flight.landed@v1', 'flight.landed@v2']], ['flight.landed.avro', ['flight.landed@v1']], ['flight.landed.proto', ['flight.landed@v1']]]);
  });
});
