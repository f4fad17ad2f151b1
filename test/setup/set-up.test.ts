import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clone, makeClone } from './clone';

/** Sorted: the two languages go side by side. */
const everything = ['npm ci skip', 'python pip', 'python venv'];

let clone: Clone;
beforeEach(() => { clone = makeClone(); });
afterEach(() => { clone.remove(); });

/** Whether the stand-in for npm runs: an ended process that nobody has asked about has a number still, but no command. */
const isAtWork = (id: number): boolean => {
  const command = existsSync('/proc/self/cmdline')
    ? (existsSync(`/proc/${id}/cmdline`) ? readFileSync(`/proc/${id}/cmdline`, 'utf8') : '')
    : spawnSync('ps', ['-o', 'command=', '-p', String(id)], { encoding: 'utf8' }).stdout;
  return command.includes('npm');
};

/** Waits for what another process does. */
const until = async (holds: () => boolean): Promise<void> => { while (!holds()) await sleep(10); };

describe('on a fresh clone', () => {
  it('brings the packages of both languages, and says how large they are before it begins', async () => {
    const { code, said } = await clone.run();
    expect(code).toBe(0);
    expect(said.split('\n')[0]).toMatch(/Node packages \(about \d+ MB to download.*Python packages \(about \d+ MB to download/);
    expect(clone.calls().toSorted()).toEqual(everything);
  });

  it('does nothing and says nothing when all is there', async () => {
    await clone.run();
    clone.calls();
    expect(await clone.run()).toEqual({ code: 0, said: '', printed: '' });
    expect(clone.calls()).toEqual([]);
  });

  it('needs no Python that is on PATH once the environment is made', async () => {
    await clone.run();
    expect(await clone.run({ python: undefined })).toMatchObject({ code: 0 });
  });
});

describe('when pins have changed', () => {
  beforeEach(async () => {
    await clone.run();
    clone.calls();
  });

  it('installs the Node packages of the new lockfile, and leaves Python alone', async () => {
    clone.write('package-lock.json', '{ "packages": { "": {}, "node_modules/tsx": { "version": "2" } } }');
    await clone.run();
    expect(clone.calls()).toEqual(['npm ci skip']);
  });

  it('brings the Python environment up to date in its place', async () => {
    clone.write('local/requirements.txt', 'ministack==1.0.1\n');
    await clone.run();
    expect(clone.calls()).toEqual(['python pip']);
    expect(await clone.run()).toMatchObject({ said: '' });
  });
});

describe('when it was broken off', () => {
  it('makes the Python environment anew: what pip left may be half a package', async () => {
    const { code, said } = await clone.run({ pip: 'fails' });
    expect(code).toBe(1);
    expect(said).toContain('ERROR: Connection broken');
    expect(said).toMatch(/\nnext: see that pip reaches its index, then give the same command again/);
    clone.write('.headrace/venv/lib/python3/site-packages/half.py', '');
    clone.calls();
    expect(await clone.run()).toMatchObject({ code: 0 });
    expect(clone.calls()).toEqual(['python venv', 'python pip']);
    expect(clone.has('.headrace/venv/lib/python3/site-packages/half.py')).toBe(false);
  });

  it('installs the Node packages again', async () => {
    const { code, said } = await clone.run({ npm: 'fails' });
    expect(code).toBe(1);
    expect(said).toContain('ENOTFOUND');
    expect(clone.calls().toSorted()).toEqual(everything);
    await clone.run();
    expect(clone.calls()).toEqual(['npm ci skip']);
  });

  it('takes npm with it when it is told to stop, and goes on at the next run', async () => {
    const { child, ended } = clone.start({ npm: 'hangs' });
    await until(() => clone.has('npm-process') && clone.read('npm-process') !== '');
    child.kill('SIGTERM');
    const { code, said } = await ended;
    expect(code).toBe(1);
    expect(said.trimEnd().split('\n').at(-1)).toBe('set-up: stopped by SIGTERM; the same command goes on with it');
    expect(isAtWork(Number(clone.read('npm-process')))).toBe(false);
    expect(await clone.run()).toMatchObject({ code: 0 });
  });

  it('takes over from a set-up that has died, and ends what that has left at work', async () => {
    const { child, ended } = clone.start({ npm: 'hangs' });
    await until(() => clone.has('npm-process') && clone.read('npm-process') !== '');
    const left = Number(clone.read('npm-process'));
    // npm may be at work a moment before the set-up has written down that it is.
    await until(() => clone.read('.headrace/set-up.lock').split('\n').includes(String(left)));
    child.kill('SIGKILL');
    await ended;
    expect(isAtWork(left)).toBe(true);
    expect(await clone.run()).toMatchObject({ code: 0 });
    expect(isAtWork(left)).toBe(false);
    expect(clone.has('.headrace/set-up.lock')).toBe(false);
  });
});

it('works once when it is started twice at the same time', async () => {
  const first = clone.start({ npm: 'waits for go-on' });
  await until(() => clone.has('npm-process') && clone.read('npm-process') !== '');
  const second = clone.start();
  let heard = '';
  second.child.stderr?.on('data', (text: Buffer) => { heard += text.toString(); });
  await until(() => heard.includes('another one is at work'));
  clone.write('go-on', '');
  const [one, two] = await Promise.all([first.ended, second.ended]);
  expect([one.code, two.code]).toEqual([0, 0]);
  expect(two.said).toContain(`another one is at work (process ${String(first.child.pid)})`);
  expect(clone.calls().toSorted()).toEqual(everything);
});

describe('on a machine that lacks something', () => {
  it.each([
    ['no Python', { python: undefined }, 'found: no Python on PATH'],
    ['a Python that is too old', { python: '3.10' }, 'found: python3 is 3.10'],
    ['a Python for which there are no packages yet', { python: '3.15' }, 'found: python3 is 3.15'],
    ['a Python without venv', { canMakeEnvironments: false }, 'apt-get install python3.12-venv'],
    ['no npm', { npm: 'is missing' }, 'npm could not be started'],
    ['install scripts switched off', { npm: 'runs no scripts' }, 'its install script did not run'],
  ] as const)('says what to do about %s', async (_lack, behaviour, expected) => {
    const { code, said } = await clone.run(behaviour);
    expect(code).toBe(1);
    expect(said).toContain(expected);
    expect(said).toMatch(/\nnext: .* then give the same command again/);
    expect(said).not.toMatch(/^ +at /m);
  });

  it('tells of all that is missing at once', async () => {
    const { said } = await clone.run({ python: undefined, npm: 'fails' });
    expect(said.match(/^next: /gm)).toHaveLength(2);
  });
});

describe('the program that it was started for', () => {
  it('gets its words, and its exit code is handed on', async () => {
    expect(await clone.run({}, ['program.mjs', '--once', 'a b'])).toMatchObject({ code: 3, printed: '["--once","a b"]\n' });
  });

  it('is told to stop, and stops in its own way', async () => {
    const { child, ended } = clone.start({}, ['waits.mjs']);
    await once(child.stdout ?? child, 'data');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, printed: 'waits\nstopped cleanly\n' });
  });

  it('is not run when the set-up has failed', async () => {
    expect(await clone.run({ npm: 'fails' }, ['program.mjs'])).toMatchObject({ code: 1, printed: '' });
  });
});
