import { dataset, event, float, int, optional, personal, string, timestamp } from 'headrace';
import { curatedTables } from '../../../core/lake/curated-table';
import { curatedTableName, type CuratedTable } from '../../../core/lake/table';
import { compile } from '../../../core/manifest/compile';
import { manifestOf } from '../../fixtures/contracts';

const first = event('meter.read', { version: 1, partitionBy: 'meter', fields: { meter: string(), level: float(), reader: personal(string()) } });
const second = event('meter.read', { version: 2, compatibility: 'NONE', owner: 'metering', description: 'A meter was read', partitionBy: 'meter', fields: { meter: string(), level: float(), readAt: optional(timestamp()), digits: int() } });
const tableOf = (exported: Readonly<Record<string, unknown>>): CuratedTable => curatedTables(manifestOf(exported))[0] as CuratedTable;
const problems = (exported: Readonly<Record<string, unknown>>): readonly string[] => {
  const found = compile(exported);
  return found.ok ? [] : found.problems.map(({ definition, problem }) => `${definition} ${problem}`);
};
const meter = (version: number, fields: Parameters<typeof event>[1]['fields'], name = 'meter.read') => event(name, { version, compatibility: 'NONE', partitionBy: 'meter', fields: { meter: string(), ...fields } });

describe('a curated table', () => {
  it('is one for all versions of an event type, with the words of the newest', () => {
    const tables = curatedTables(manifestOf({ second, first }));
    expect(tables.map(({ name, of, owner, description }) => ({ name, of, owner, description }))).toEqual([{ name: 'meter_read', of: 'meter.read', owner: 'metering', description: 'A meter was read' }]);
  });

  it('has identity, times and lineage first, then the fields of every version, new ones last', () => {
    const { columns } = tableOf({ second, first });
    expect(columns.filter(({ name }) => name.startsWith('_')).map(({ name }) => name)).toEqual([
      '_id', '_source', '_time', '_effective_time', '_known_at', '_arrival', '_position', '_contract', '_contract_hash', '_schema_version_id', '_manifest_hash', '_batch_id',
    ]);
    expect(columns.slice(12).map(({ name, type, required }) => [name, type, required])).toEqual([['meter', 'string', false], ['level', 'double', false], ['reader', 'string', false], ['readAt', 'timestamptz', false], ['digits', 'long', false]]);
  });

  it('does not take what stands where a version has no field: only what was judged', () => {
    expect(tableOf({ second, first }).writers).toEqual({ 'meter.read/v1': ['meter', 'level', 'reader'], 'meter.read/v2': ['meter', 'level', 'readAt', 'digits'] });
  });

  it('says which fields are personal, in whatever version', () => {
    const table = tableOf({ second, first });
    expect(table.personal).toEqual(['reader']);
    expect(table.columns.find(({ name }) => name === 'reader')?.comment).toBe('Personal');
  });

  it('has a name that a catalog takes', () => {
    expect(['flight.landed', 'Order-Placed', 'a.b-c'].map(curatedTableName)).toEqual(['flight_landed', 'order_placed', 'a_b_c']);
  });
});

describe('the table of a dataset', () => {
  const places = (version: number, name = 'places', fields: Parameters<typeof event>[1]['fields'] = {}) => dataset(name, { version, key: ['id'], knownAt: 'always', source: { csv: 'places/' }, fields: { id: string(), owner: personal(string()), ...fields } });

  it('has lineage and batch first, no identity of its own, and the fields', () => {
    const [table] = curatedTables(manifestOf({ places: places(1) }));
    expect(table).toMatchObject({ name: 'places', kind: 'dataset', of: 'places', personal: ['owner'], writers: { 'dataset=places/v1': ['id', 'owner'] } });
    expect(table?.columns.map(({ name }) => name)).toEqual(['_arrival', '_position', '_contract', '_contract_hash', '_manifest_hash', '_known_at', '_batch_id', 'id', 'owner']);
    expect(table?.columns.find(({ name }) => name === '_known_at')?.required).toBe(false);
  });

  it('is refused where it could not be', () => {
    expect(problems({ one: places(1, 'places', { size: float() }), two: places(2, 'places', { size: string() }) })).toEqual([expect.stringMatching(/^dataset places@v2 has the field 'size' as string.*give the field another name, or the dataset$/u)]);
    expect(problems({ one: places(1, 'meter_read'), two: meter(1, {}) })).toEqual([expect.stringMatching(/^dataset meter_read@v1 would share the table meter_read with the event type meter\.read/u)]);
    expect(problems({ one: places(1, 'meter_read'), two: meter(1, {}, 'meter_read') })).toEqual([expect.stringMatching(/would share the table meter_read with the event type meter_read; give/u)]);
  });
});

describe('definitions whose tables could not be', () => {
  it('a field that changes its type from one version to another', () => {
    expect(problems({ one: meter(1, { level: float() }), two: meter(2, { level: int() }), three: meter(3, { level: string() }) })).toEqual([
      expect.stringMatching(/^event meter\.read@v2 has the field 'level' as int, and version 1 has it as float: .*curated table meter_read.*give the field another name/u),
      expect.stringMatching(/^event meter\.read@v3 has the field 'level' as string, and version 1/u),
    ]);
  });

  it('fields that differ by capitals alone, in one version or in two', () => {
    expect(problems({ one: meter(1, { level: float(), Level: float() }) })).toHaveLength(2);
    expect(problems({ one: meter(1, { level: float() }), two: meter(2, { Level: float() }) }).every((problem) => problem.includes('a catalog takes no notice of capitals'))).toBe(true);
  });

  it('event types whose tables would have one name', () => {
    expect(problems({ one: meter(1, {}), two: meter(1, {}, 'meter_read') })).toEqual([expect.stringMatching(/would share the table meter_read with the event type meter\.read; give one of them another name/u)]);
    expect(problems({ one: meter(1, {}, 'quarantine') })).toEqual([expect.stringMatching(/would share the table quarantine with what was rejected/u)]);
    expect(problems({ one: meter(1, {}), two: meter(1, {}, 'raw.meter.read.v1') })).toEqual([expect.stringMatching(/would share the table raw_meter_read_v1 with the raw events meter\.read@v1/u)]);
  });

  it('and none that are only unusual', () => {
    expect(problems({ one: meter(1, { level: float() }), two: meter(2, { other: int() }), three: meter(3, { level: float(), other: int() }) })).toEqual([]);
  });
});
