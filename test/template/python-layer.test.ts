import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonBundle, pythonLayer } from '../../lib/constructs/python-bundle';
import { readElf } from './elf';
import { beyondAmazonLinux } from './glibc';
import { synthesize } from './synthesis';

const repository = join(__dirname, '..', '..');
const python = join(repository, '.headrace', 'venv', 'bin', 'python');
const megabyte = 1024 * 1024;

let directory = '';
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'headrace-layer-')); });
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

const unpack = (archive: string, name: string): string => {
  execFileSync(python, ['-m', 'zipfile', '-e', archive, join(directory, name)]);
  return join(directory, name);
};

const filesBelow = (below: string): readonly string[] =>
  readdirSync(below, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

describe.each([['arm64', 0xb7], ['x86_64', 0x3e]] as const)('the layer of functions in Python for %s', (architecture, machine) => {
  it('fits, and holds native binaries of that machine alone, which Amazon Linux 2023 can load', () => {
    const files = filesBelow(unpack(pythonLayer({ architecture, pythonPackages: 'layer' }), architecture));
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(250 * megabyte);
    const binaries = files.flatMap((file) => {
      const elf = readElf(readFileSync(file));
      return elf === undefined ? [] : [{ file, elf }];
    });
    expect(binaries.length).toBeGreaterThan(20);
    for (const { file, elf } of binaries) expect([file, elf.machine, beyondAmazonLinux(elf)]).toEqual([file, machine, []]);
  }, 240_000);
});

/** What Lambda's own Python brings: the SDK and what it is made of. */
const broughtByRuntime = ['boto3', 'botocore', 's3transfer', 'jmespath', 'dateutil', 'six.py', 'urllib3'];

/** Reads, sorts, partitions and writes as a commit does, so that each native library is loaded. */
const exercise = `
import io, json, sys
import handler, duckdb, pyarrow as pa, pyarrow.parquet, pyarrow.fs
from pyiceberg.transforms import DayTransform
from pyiceberg.types import TimestamptzType
from pyiceberg.table import Table
rows = duckdb.sql("SELECT TIMESTAMPTZ '2026-03-01T12:00:00Z' AS moment, json_extract_string('{\\"a\\": 1}', '$.a') AS a").to_arrow_table()
days = DayTransform().pyarrow_transform(TimestamptzType())(rows.column(0).combine_chunks().cast(pa.timestamp("us", "UTC")))
pa.parquet.write_table(rows, io.BytesIO(), compression="zstd")
pa.fs.S3FileSystem
print(json.dumps({"days": [str(day) for day in days.to_pylist()], "from": sorted({module.__file__.split("/python/")[0] for module in (duckdb, pa)})}))
`;

// Wheels for Linux do not run elsewhere.
(process.platform === 'linux' ? describe : describe.skip)('the layer of functions in Python', () => {
  const version = execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }).trim();

  it('has all that the handler needs beside what the runtime brings', () => {
    const program = join(repository, 'lib', 'constructs', 'python_layer.py');
    const archive = join(directory, 'own.zip');
    const layer = spawnSync(python, [program, join(repository, 'glue-jobs', 'requirements-lake.txt'), arch() === 'arm64' ? 'arm64' : 'x86_64', archive, version], { encoding: 'utf8' });
    expect([layer.status, layer.stderr]).toEqual([0, expect.anything()]);
    const packages = join(unpack(archive, 'own'), 'python');
    const installed = join(repository, '.headrace', 'venv', 'lib', `python${version}`, 'site-packages');
    const runtime = mkdtempSync(join(directory, 'runtime-'));
    for (const name of broughtByRuntime) symlinkSync(join(installed, name), join(runtime, name));
    const code = pythonBundle('lake-compactor', synthesize().manifest);
    // -S: nothing of what is installed is found.
    const { status, stdout, stderr } = spawnSync(python, ['-S', '-c', exercise], { encoding: 'utf8', env: { PYTHONPATH: [packages, runtime, code].join(':'), HEADRACE_ENVIRONMENT: 'test', PYTHONDONTWRITEBYTECODE: '1' } });
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ days: [String(Date.UTC(2026, 2, 1) / 86_400_000)], from: [join(directory, 'own')] });
  }, 240_000);

  /** What a program in Python says that makes a layer of one file, with `before` in front of it. */
  const layerOfOneFile = (name: string, before: string): string => `
import sys, time; sys.path.insert(0, ${JSON.stringify(join(repository, 'lib', 'constructs'))})
import python_layer
python_layer.install = lambda requirements, architecture, python, target: (time.sleep(1), target.mkdir(), (target / "package.py").write_text("1"))
${before}
sys.argv = ["python_layer.py", ${JSON.stringify(join(repository, 'glue-jobs', 'requirements-lake.txt'))}, "arm64", ${JSON.stringify(join(directory, name))}]
python_layer.main()
`;

  it('is refused when it does not fit, with what to do', () => {
    const { status, stderr } = spawnSync(python, ['-c', layerOfOneFile('never.zip', 'python_layer.LIMIT = python_layer.ROOM_FOR_CODE')], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/take 1 bytes unzipped; Lambda allows \d+ with the code\. Take packages out/u)]);
    expect(readdirSync(directory)).not.toContain('never.zip');
  });

  it('is made once by two that want it at the same moment', async () => {
    const made = await Promise.all([1, 2].map(() => promisify(execFile)(python, ['-c', layerOfOneFile('both.zip', '')])));
    expect(made.map(({ stdout }) => stdout).sort()).toEqual(['', '1\n']);
    expect(filesBelow(unpack(join(directory, 'both.zip'), 'both'))).toEqual([join(directory, 'both', 'python', 'package.py')]);
  });
});
