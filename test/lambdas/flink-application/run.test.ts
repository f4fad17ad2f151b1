import type { ApplicationStatus, FlinkApplications } from '../../../lib/runtime/flink-application';
import { startApplication, stopApplication } from '../../../lambdas/flink-application/run';

/** An application that goes from one state to the next with each look, and does as it is told. */
const simulated = ({ begins, snapshots = 0, starts = 'RUNNING', refusesToStop = false, looks = 100 }: { readonly begins: ApplicationStatus | undefined; readonly snapshots?: number; readonly starts?: ApplicationStatus; readonly refusesToStop?: boolean; readonly looks?: number }) => {
  const calls: string[] = [];
  let states: (ApplicationStatus | undefined)[] = [begins];
  let left = looks;
  const applications: FlinkApplications = {
    status: () => Promise.resolve(states.length > 1 ? states.shift() : states[0]),
    hasSnapshot: () => Promise.resolve(snapshots > 0),
    start: (_name, fromSnapshot) => { calls.push(`start ${fromSnapshot ? 'from its snapshot' : 'without state'}`); states = ['STARTING', 'STARTING', starts]; return Promise.resolve(); },
    stop: (_name, force) => {
      calls.push(force ? 'stop by force' : 'stop with a snapshot');
      if (refusesToStop && !force) return Promise.reject(new Error('no snapshot can be taken'));
      states = [force ? 'FORCE_STOPPING' : 'STOPPING', 'READY'];
      return Promise.resolve();
    },
  };
  return { calls, effects: { applications, sleep: () => Promise.resolve(), hasTime: () => (left -= 1) > 0 } };
};

describe('the custom resource that starts Flink', () => {
  it('starts an application that is ready, without any state the first time and from its latest snapshot when it has one', async () => {
    for (const [snapshots, call] of [[0, 'start without state'], [2, 'start from its snapshot']] as const) {
      const { calls, effects } = simulated({ begins: 'READY', snapshots });
      await startApplication('features', effects);
      expect(calls).toEqual([call]);
    }
  });

  it('leaves one alone that runs, and waits for one that is being updated', async () => {
    const running = simulated({ begins: 'RUNNING' });
    await startApplication('features', running.effects);
    expect(running.calls).toEqual([]);
  });

  it('fails when the application falls back, so that the deploy says it, and does not start it again and again', async () => {
    const { calls, effects } = simulated({ begins: 'READY', starts: 'READY' });
    await expect(startApplication('features', effects)).rejects.toThrow('features is READY and does not run; its log says why');
    expect(calls).toEqual(['start without state']);
  });

  it('fails when no time is left', async () => {
    const { effects } = simulated({ begins: 'UPDATING', looks: 3 });
    await expect(startApplication('features', effects)).rejects.toThrow('features is UPDATING');
  });

  it('stops one with a snapshot, and by force where it can take none', async () => {
    const calm = simulated({ begins: 'RUNNING' });
    await stopApplication('features', calm.effects);
    expect(calm.calls).toEqual(['stop with a snapshot']);
    const failing = simulated({ begins: 'RUNNING', refusesToStop: true });
    await stopApplication('features', failing.effects);
    expect(failing.calls).toEqual(['stop with a snapshot', 'stop by force']);
  });

  it('has nothing to stop where there is no application, or none that runs', async () => {
    for (const begins of ['READY', undefined] as const) {
      const { calls, effects } = simulated({ begins });
      await stopApplication('features', effects);
      expect(calls).toEqual([]);
    }
  });
});
