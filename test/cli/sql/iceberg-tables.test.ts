import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { icebergExtensions } from '../../../cli/sql/duckdb-extensions';
import { icebergView, lakeSecret } from '../../../cli/sql/iceberg-tables';
import { curatedTables } from '../../../core/lake/curated-table';
import { manifest } from '../../fixtures/contracts';

const columns = curatedTables(manifest).find(({ name }) => name === 'order_shipped')?.columns ?? [];
const credentials = { accessKeyId: 'key', secretAccessKey: "it's" };

describe('the view of an Iceberg table', () => {
  it('reads the current metadata, in the range of what was known', () => {
    expect(icebergView({ name: 'order_shipped', metadata: 's3://lake/metadata/7.json', columns }, {})).toBe(`CREATE VIEW "order_shipped" AS SELECT * FROM iceberg_scan('s3://lake/metadata/7.json')`);
    expect(icebergView({ name: 'order_shipped', metadata: 's3://lake/7.json', columns }, { from: 0, to: 1000 }))
      .toMatch(/WHERE _known_at >= TIMESTAMPTZ '1970-01-01T00:00:00\.000Z' AND _known_at < TIMESTAMPTZ '1970-01-01T00:00:01\.000Z'$/u);
  });

  it('is empty, with its columns, as long as nothing was committed', () => {
    expect(icebergView({ name: 'order_shipped', columns }, {})).toMatch(/CAST\(NULL AS TIMESTAMPTZ\) AS "_known_at".*CAST\(NULL AS BIGINT\) AS "parcels".* WHERE false\)$/u);
  });

  it('of a table that the definitions do not know is whole, whatever the range', () => {
    expect(icebergView({ name: 'other', metadata: 's3://lake/7.json' }, { from: 0 })).not.toContain('WHERE');
  });
});

describe('access to the lake', () => {
  it('is that of the SDK, quoted', () => {
    expect(lakeSecret({ region: 'eu-west-1', credentials })).toBe(`CREATE SECRET (TYPE s3, KEY_ID 'key', SECRET 'it''s', REGION 'eu-west-1')`);
    expect(lakeSecret({ region: 'eu-west-1', credentials: { ...credentials, sessionToken: 'session' } })).toContain(`SESSION_TOKEN 'session'`);
  });

  it('goes to the local cloud by its paths', () => {
    expect(lakeSecret({ region: 'us-east-1', credentials, endpoint: 'http://127.0.0.1:4566' })).toContain(`ENDPOINT '127.0.0.1:4566', URL_STYLE 'path', USE_SSL false`);
  });
});

describe('the extensions of DuckDB', () => {
  let directory = '';
  beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'headrace-extensions-')); });
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  it('are those that are pinned in the Python environment, and else those of DuckDB\'s repository', () => {
    const below = join(directory, 'lib', 'python3.12', 'site-packages', 'duckdb_extension_avro', 'extensions', 'v1.5.5');
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, 'avro.duckdb_extension'), '');
    expect(icebergExtensions([join(directory, 'bin', 'python')])).toEqual([`LOAD '${join(below, 'avro.duckdb_extension')}'`, 'INSTALL httpfs', 'LOAD httpfs', 'INSTALL iceberg', 'LOAD iceberg']);
    expect(icebergExtensions()).toHaveLength(3);
  });
});
