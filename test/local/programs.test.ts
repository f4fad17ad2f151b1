import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathsIn } from '../../local/paths';
import { commandOf, isRunning } from '../../local/process';
import { driverProgram, emulatorProgram, environmentFor, pythonFor } from '../../local/programs';

describe('the processes of the local cloud', () => {
  const before = { ...process.env };
  afterEach(() => { process.env = { ...before }; });

  it("get test keys, and nothing of the shell's credentials and settings", () => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_SECRET_ACCESS_KEY: 'real', AWS_SESSION_TOKEN: 'real', AWS_PROFILE: 'production', AWS_ENDPOINT_URL: 'https://elsewhere', NODE_OPTIONS: '--inspect', GITHUB_TOKEN: 'real',
    });
    for (const program of [emulatorProgram, driverProgram]) {
      const environment = environmentFor(program, '/venv/bin/python', { paths: pathsIn('/home/project/.headrace'), port: 4801, brokerPort: 4802, region: 'eu-west-1' });
      expect(environment).toMatchObject({ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: 'http://127.0.0.1:4801', AWS_REGION: 'eu-west-1' });
      expect(Object.values(environment)).not.toContain('real');
      for (const name of ['AWS_SESSION_TOKEN', 'AWS_PROFILE', 'NODE_OPTIONS']) expect(environment).not.toHaveProperty(name);
    }
  });

  it('are told from others by their command line, and from processes that have ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', 'mark-of-this-test'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    expect(isRunning(pid)).toBe(true);
    expect(commandOf(pid)).toContain('mark-of-this-test');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunning(pid)).toBe(false);
    expect(commandOf(pid)).toBe('');
  });

  it('are not started without a Python environment, and it is said where one was looked for', () => {
    expect(() => pythonFor('/nowhere/bin/python')).toThrow('/nowhere/bin/python');
  });
});
