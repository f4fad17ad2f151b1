import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workingDirectory } from '../../../lib/runtime/working-directory';

let home = '';

beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'working-')); });
afterEach(() => { rmSync(home, { recursive: true, force: true }); });

/** What an invocation of a process has left, with a file in it. */
const leftBy = (id: number): string => {
  const directory = join(home, `training-set-${id}-abcdef`);
  mkdirSync(directory);
  writeFileSync(join(directory, 'rows.parquet'), 'rows');
  return directory;
};

describe('the directory that a function works in', () => {
  it('leaves alone what an invocation in another process works in', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    try {
      const theirs = leftBy(other.pid ?? 0);
      const ours = workingDirectory('training-set', home);
      expect([existsSync(join(theirs, 'rows.parquet')), existsSync(ours)]).toEqual([true, true]);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'close');
    }
  });

  it('takes away what this process has left, and one that is gone', async () => {
    const gone = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(gone, 'close');
    const left = [leftBy(process.pid), leftBy(gone.pid ?? 0)];
    workingDirectory('training-set', home);
    expect(left.map((each) => existsSync(each))).toEqual([false, false]);
  });

  it('has nothing to do with work of another kind', () => {
    const other = leftBy(process.pid);
    workingDirectory('score', home);
    expect(existsSync(other)).toBe(true);
  });
});
