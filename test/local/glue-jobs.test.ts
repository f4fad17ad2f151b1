import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../local/process';

const repository = join(__dirname, '..', '..');
let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'headrace-jobs-')); });
afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

/** Runs a job whose script starts a trainer, which would work for five minutes, and gives the trainer's process id. */
const trainerOfARun = (script: string, what: string): number => {
  const file = join(directory, 'trainer.pid');
  const program = `
import pathlib, sys, threading, time
sys.path.insert(0, "local/launcher")
import glue_jobs
class Logs:
    class exceptions: ResourceNotFoundException = KeyError
    def create_log_stream(self, **given): raise KeyError
glue_jobs.boto3.client = lambda *given, **named: Logs()
glue_jobs.principals.session = lambda *given: {name: "test" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
trainer = pathlib.Path(${JSON.stringify(file)})
def bring(s3, uri, directory):
    (directory / "job.py").write_text("""
import os, pathlib, subprocess, sys, time
trainer = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
place = pathlib.Path(${JSON.stringify(file)})
place.with_suffix(".new").write_text(str(trainer.pid)); place.with_suffix(".new").rename(place)
${script}
""")
    return directory / "job.py"
glue_jobs._bring = bring
glue_jobs.install("no-spark", 1)
run = {"Id": "jr_1", "JobRunState": "RUNNING"}
job = {"Role": "a-role", "Command": {"ScriptLocation": "s3://a/b.py"}, "Timeout": 60}
def start():
    thread = threading.Thread(target=glue_jobs._run, args=(None, job, run, {}, "http://127.0.0.1:1"), daemon=True)
    thread.start()
    while not trainer.exists() and thread.is_alive(): time.sleep(0.02)
    return thread
${what}`;
  const { status, stderr } = spawnSync(join(repository, '.headrace', 'venv', 'bin', 'python'), ['-c', program], { cwd: repository, encoding: 'utf8', timeout: 50_000, env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' } });
  if (status !== 0) throw new Error(stderr);
  return Number(readFileSync(file, 'utf8'));
};

const isEnded = async (pid: number): Promise<boolean> => {
  for (const end = Date.now() + 5_000; isRunning(pid) && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20));
  const ended = !isRunning(pid);
  if (!ended) process.kill(pid, 'SIGKILL');
  return ended;
};

describe('a run of a Glue job on the local cloud ends with all that its script has started', () => {
  it('when the cloud ends', async () => {
    expect(await isEnded(trainerOfARun('trainer.wait()', 'start()'))).toBe(true);
  }, 60_000);

  it('when the run is stopped', async () => {
    const stop = 'thread = start()\nglue_jobs._stop(lambda data: None)({"JobRunIds": ["jr_1"]})\nthread.join(20)\nglue_jobs._processes.clear()';
    expect(await isEnded(trainerOfARun('trainer.wait()', stop))).toBe(true);
  }, 60_000);

  it('when its time is over', async () => {
    const wait = 'job["Timeout"] = 1\nglue_jobs.int = lambda minutes: 3 / 60\nstart().join(20)\nassert run["JobRunState"] == "TIMEOUT", run';
    expect(await isEnded(trainerOfARun('trainer.wait()', wait))).toBe(true);
  }, 60_000);

  it('when its script ends by itself, as the machine of a run does on AWS', async () => {
    expect(await isEnded(trainerOfARun('', 'start().join(20)\nassert run["JobRunState"] == "SUCCEEDED", run'))).toBe(true);
  }, 60_000);
});
