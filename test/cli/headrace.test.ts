import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const repository = join(__dirname, '..', '..');

describe('a command of the local environment', () => {
  it('says that the local cloud is not running, and how to start it', () => {
    // Nobody listens at this port: it is reserved.
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', join(repository, 'cli', 'headrace.ts'), 'dataset', 'ls'], { cwd: repository, encoding: 'utf8', env: { ...process.env, HEADRACE_LOCAL_PORT: '1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } });
    expect([status, stderr]).toEqual([1, expect.stringContaining('Nothing answers at 127.0.0.1:1: the local cloud is not running.\nnext: npx headrace local start\n')]);
  }, 60_000);
});
