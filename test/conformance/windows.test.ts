import type { DuckDBConnection } from '@duckdb/node-api';
import { memoryDatabase } from '../core/training/support';
import { duckdb, oracle, state, type Engine, type Features } from './support/window-engines';
import { windowCases } from './window-cases';

let connection: DuckDBConnection;
let engines: Readonly<Record<string, Engine>>;
// Every engine that computes windows; Spark and Flink, which take all cases at once, are held to the same oracle in tests of their own.
beforeAll(async () => {
  connection = await memoryDatabase();
  engines = { oracle, state, duckdb: duckdb(connection, 'dense'), 'duckdb, sparse': duckdb(connection, 'sparse'), 'duckdb, scarce': duckdb(connection, 'scarce') };
});
afterAll(() => { connection.closeSync(); });

describe('one case, every engine', () => {
  it('has cases enough, each with a name of its own', () => {
    expect(new Set(windowCases.map(({ name }) => name)).size).toBe(windowCases.length);
    expect(windowCases.length).toBeGreaterThanOrEqual(60);
  });

  it.each(windowCases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const found: Record<string, Features> = {};
    for (const [name, engine] of Object.entries(engines)) found[name] = await engine(each);
    const asked = Object.keys(each.expected);
    const sideBySide = (pick: (engine: string) => Features): unknown => Object.fromEntries(Object.keys(engines).map((name) => [name, Object.fromEntries(asked.map((feature) => [feature, pick(name)[feature]]))]));
    expect(sideBySide((name) => found[name] ?? {})).toEqual(sideBySide(() => each.expected));
    // What the case does not ask about must be the same everywhere too.
    for (const name of Object.keys(engines)) expect({ [name]: found[name] }).toEqual({ [name]: found['oracle'] });
  }, 30_000);
});
