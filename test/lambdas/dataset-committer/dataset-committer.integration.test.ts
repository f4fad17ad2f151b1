import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dataset, float, optional, string } from 'headrace';
import { isFileDataset, type BatchReference, type FileDataset } from '../../../core/dataset/batch';
import { pythonBundle } from '../../../lib/constructs/python-bundle';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { manifestOf } from '../../fixtures/contracts';
import { lakePlace, type LakePlace } from '../../glue-jobs/headrace_lake/support/lake-place';
import { rawObjectsOf, referenceTo } from '../dataset-lander/fixture';
import { seeded } from '../simulated-store';
import { startCommitterProcess, type CommitterProcess } from './support/committer-process';

jest.setTimeout(180_000);

const manifest = manifestOf({ airports: dataset('airports', { version: 1, key: ['iata'], knownAt: 'arrival', source: { csv: 'airports/' }, fields: { iata: string({ pattern: '^[A-Z]{3}$' }), name: optional(string()), latitude: float() } }) });
const [airports] = Object.values(manifest.datasets).filter(isFileDataset) as [FileDataset];
const python = join(__dirname, '..', '..', '..', '.headrace', 'venv', 'bin', 'python');
const home = mkdtempSync(join(tmpdir(), 'headrace-committer-'));
let cloud: LocalCloud | undefined;
let place: LakePlace;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4675 });
  place = await lakePlace(cloud.endpoint, 'committer', manifest);
});
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Lands a file in raw as the lander does. */
const landed = async (csv: string, arrival: number): Promise<BatchReference> => {
  const reference = referenceTo(csv);
  const { objects, refusal } = await rawObjectsOf({ dataset: airports, reference, arrival, manifestHash: manifest.hash }, csv);
  if (refusal !== undefined) throw new Error(refusal);
  await place.put(objects);
  return reference;
};

const startCommitter = (): Promise<CommitterProcess> => startCommitterProcess(place, manifest);

const rows = async (): Promise<readonly Readonly<Record<string, unknown>>[]> => await place.rows('SELECT iata, name, latitude, _batch_id AS batch FROM airports ORDER BY iata');
/** Where the table's metadata is: another place after each commit. */
const metadata = async (): Promise<string> => String((await place.rows("SELECT sql FROM duckdb_views() WHERE view_name = 'airports'"))[0]?.['sql']).match(/s3:[^']+/u)?.[0] ?? '';
/** Keys of the rows that each batch's tag gives, read by PyIceberg. */
const byTag = (): Readonly<Record<string, readonly string[]>> => {
  const program = `
import json
from headrace_lake.catalog import open_catalog
table = open_catalog().load_table(("${place.database}", "airports"))
print(json.dumps({name: sorted(table.scan(snapshot_id=ref.snapshot_id).to_arrow()["iata"].to_pylist()) for name, ref in table.refs().items() if name != "main"}))`;
  const { stdout, stderr } = spawnSync(python, ['-c', program], { encoding: 'utf8', env: { PYTHONPATH: pythonBundle('dataset-committer', manifest), PYTHONDONTWRITEBYTECODE: '1', AWS_ENDPOINT_URL: place.endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, string[]>;
};

const file = (...lines: readonly string[]): string => ['iata,name,latitude', ...lines, ''].join('\n');

describe('a batch of a dataset', () => {
  const [monday, tuesday] = [Date.parse('2026-03-02T00:00:00Z'), Date.parse('2026-03-03T00:00:00Z')];
  const first = file('ORD,Chicago,41.97', 'LAX,,33.94');
  const second = file('ORD,O\'Hare,41.97', 'JFK,New York,40.6');

  it('is the table once it is committed, and committing it again changes nothing', async () => {
    const reference = await landed(first, monday);
    const committer = await startCommitter();
    expect(await committer.run('write table', reference)).toEqual({ ...reference, outcome: 'done' });
    expect(await rows()).toEqual([{ iata: 'LAX', name: null, latitude: 33.94, batch: reference.batch }, { iata: 'ORD', name: 'Chicago', latitude: 41.97, batch: reference.batch }]);
    const before = await metadata();
    expect(await committer.run('write table', reference)).toMatchObject({ outcome: 'done' });
    expect(await metadata()).toBe(before);
    committer.end();
  });

  it('gives way to a batch that arrived later, stays readable by its tag, and never comes back by being committed late', async () => {
    const [older, newer] = [await landed(first, monday), await landed(second, tuesday)];
    const between = await landed(file('SFO,,37.6'), monday + 1000);
    const committer = await startCommitter();
    await committer.run('write table', newer);
    const expected = await rows();
    expect(expected.map(({ iata, batch }) => [iata, batch])).toEqual([['JFK', newer.batch], ['ORD', newer.batch]]);
    for (const late of [older, between]) expect(await committer.run('write table', late)).toMatchObject({ outcome: 'done' });
    expect(await rows()).toEqual(expected);
    expect(byTag()).toEqual({ [older.batch]: ['LAX', 'ORD'], [newer.batch]: ['JFK', 'ORD'] });
    committer.end();
  });

  it('is refused whole when its rows cannot be read, without a word of them', async () => {
    const reference = await landed(file('BAD,secret,1'), tuesday);
    const part = [...place.sizes.keys()].find((key) => key.includes(reference.batch) && key.endsWith('.gz')) ?? '';
    await place.put(new Map([[part, Buffer.from('no gzip: secret')]]));
    const committer = await startCommitter();
    const before = await rows();
    const answer = await committer.run('write table', reference);
    expect(answer?.fault).toMatch(/^RuntimeError: the rows of batch airports-v1-\w+ cannot be read as those of dataset airports@v1/u);
    expect(answer?.fault).not.toContain('secret');
    expect(await rows()).toEqual(before);
    committer.end();
  });

  it('wins by its arrival, whoever commits at once and is killed anywhere', async () => {
    const random = seeded(5);
    const batches = await Promise.all(Array.from({ length: 6 }, async (_batch, index) => await landed(file(`AA${String.fromCharCode(65 + index)},n${index},${index}`, 'ORD,,1'), tuesday + 1000 * (index + 1))));
    const open = new Set(batches);
    let kills = 0;
    const worker = async (): Promise<void> => {
      while (open.size > 0) {
        const committer = await startCommitter();
        const timer = setTimeout(() => { kills += committer.process.kill('SIGKILL') ? 1 : 0; }, random() * 1500);
        for (const reference of [...open].sort(() => random() - 0.5)) {
          const answer = await committer.run('write table', reference);
          if (answer === undefined) break;
          if (answer.outcome === 'done') open.delete(reference);
        }
        clearTimeout(timer);
        committer.end();
        await pause(10);
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(kills).toBeGreaterThan(0);
    expect(Object.keys(byTag())).toContain(batches[5]?.batch);
    expect(await rows()).toEqual([{ iata: 'AAF', name: 'n5', latitude: 5, batch: batches[5]?.batch }, { iata: 'ORD', name: null, latitude: 1, batch: batches[5]?.batch }]);
  });
});
