import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endLeftovers, isRunning } from '../../local/process';

/** A process of a group of its own, with a child whose command line says nothing; gives both ids. */
const job = async (mark: string): Promise<readonly [leader: number, child: number]> => {
  const leader = spawn('/bin/sh', ['-c', 'sleep 300 & echo $!; wait', mark], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = await once(leader.stdout, 'data') as [Buffer];
  return [leader.pid ?? 0, Number(said.toString('utf8'))];
};

describe('what a killed emulator has left', () => {
  it('is ended with what it has started, and nothing else is', async () => {
    const mark = `headrace-left-${process.pid}-`;
    const [[leader, child], [other, itsChild]] = [await job(`${mark}one`), await job(`another-${process.pid}`)];
    try {
      await endLeftovers(mark);
      expect([leader, child, other, itsChild].map(isRunning)).toEqual([false, false, true, true]);
    } finally {
      for (const group of [leader, other]) try { process.kill(-group, 'SIGKILL'); } catch { /* it has ended already */ }
    }
  });
});
