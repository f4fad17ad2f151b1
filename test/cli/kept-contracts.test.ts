import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepDeployed, keptContracts, superseded } from '../../cli/kept-contracts';
import { event, int, optional, string } from '../../core/definition';
import { compile } from '../../core/manifest/compile';
import type { KeptContract, Manifest } from '../../core/manifest/manifest';

const landed = (version: number, fields = {}) => event('flight.landed', { version, partitionBy: 'origin', fields: { origin: string(), delay: int(), ...fields } });

const compiled = (definitions: Readonly<Record<string, unknown>>, kept: readonly KeptContract[] = []): Manifest => {
  const compilation = compile(definitions, kept);
  if (!compilation.ok) throw new Error(JSON.stringify(compilation.problems));
  return compilation.manifest;
};

describe('contracts that are kept', () => {
  let directory: string;
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'kept-')); });
  afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

  const first = compiled({ landed: landed(1) });
  const second = { landed: landed(2, { carrier: optional(string()) }) };

  it('are those that a newer version takes the place of: their producers go on', () => {
    expect(superseded(first, compiled(second).events).map(({ name, version }) => `${name} ${version}`)).toEqual(['flight.landed 1']);
  });

  it('are not those whose type is no longer defined, as long as nothing was deployed for good', () => {
    expect(superseded(first, compiled({ other: event('flight.left', { version: 3, partitionBy: 'origin', fields: { origin: string() } }) }).events)).toEqual([]);
  });

  it('stay in the manifest, and the new version reads their events', () => {
    keepDeployed(directory, first);
    const { events } = compiled(second, keptContracts(directory));
    expect(Object.keys(events)).toEqual(['flight.landed@v1', 'flight.landed@v2']);
    expect([events['flight.landed@v1']?.reads, events['flight.landed@v2']?.reads]).toEqual([[1, 2], [1, 2]]);
  });

  it('refuse a definition that says something else under their version', () => {
    keepDeployed(directory, first);
    const changed = compile({ landed: landed(1, { carrier: optional(string()) }) }, keptContracts(directory));
    expect(changed.ok ? [] : changed.problems.map(({ definition, problem }) => `${definition} ${problem}`)).toEqual([expect.stringMatching(/^event flight\.landed@v1 differs from the contract .*; give the definition version 2$/u)]);
  });

  it('are never written over, and a changed one is refused', () => {
    keepDeployed(directory, first);
    const [file = ''] = readdirSync(directory).map((name) => join(directory, name));
    const text = readFileSync(file, 'utf8');
    expect(keepDeployed(directory, first)).toEqual([]);
    writeFileSync(file, text.replace('"delay"', '"minutes"'));
    expect(() => keptContracts(directory)).toThrow(/was changed: its content has another hash/u);
  });
});
