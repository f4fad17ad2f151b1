import { formerRunEnded } from '../../../cli/features/former-run';
import { localEnvironment, namesOf, type Environment } from '../../../core/environment';
import { startAwsService } from './support/aws-service';

const contextOf = (processing: Environment['processing']) => {
  const environment = localEnvironment({ ingestion: 'msk', processing });
  return { environment, names: namesOf(environment) };
};
const deployed = 1_000_000_000;

describe('a run of the streaming job that began before a deploy', () => {
  let end: () => Promise<void>;
  const asked: string[] = [];
  /** State, and second of its beginning, by the time that it is asked for. */
  let runs: readonly (readonly (readonly [state: string, startedOn: number])[])[] = [];
  beforeAll(async () => {
    end = await startAwsService((operation) => {
      const now = runs[Math.min(runs.length - 1, asked.filter((each) => each === 'GetJobRuns').length)] ?? [];
      asked.push(operation);
      return [200, operation === 'GetJob' ? { Job: { Name: 'j', LastModifiedOn: deployed } } : { JobRuns: now.map(([JobRunState, StartedOn]) => ({ JobRunState, StartedOn })) }];
    });
  });
  afterAll(async () => { await end(); });
  beforeEach(() => { asked.length = 0; });

  it('is waited for, as it sends nothing on to a view that is new', async () => {
    const former = ['RUNNING', deployed - 3600] as const;
    runs = [[former], [former], [['RUNNING', deployed + 20], ['SUCCEEDED', deployed - 3600]]];
    await formerRunEnded(contextOf('spark'), { patience: 60_000, pause: 1 });
    expect(asked).toEqual(['GetJob', 'GetJobRuns', 'GetJobRuns', 'GetJobRuns']);
  });

  it('is one that began a moment before the deploy changed the job, and none that began with the job as it is now', async () => {
    runs = [[['STARTING', deployed - 1]], [['RUNNING', deployed + 1]]];
    await formerRunEnded(contextOf('spark'), { patience: 60_000, pause: 1 });
    expect(asked).toEqual(['GetJob', 'GetJobRuns', 'GetJobRuns']);
  });

  it('is told of when it does not end', async () => {
    runs = [[['STOPPING', deployed - 3600]]];
    await expect(formerRunEnded(contextOf('spark'), { patience: 0, pause: 1 })).rejects.toThrow('headrace-local-ingest-stream that began before the last deploy has not ended');
  });

  it('is not looked for where the function validates', async () => {
    await formerRunEnded(contextOf('lambda'));
    expect(asked).toEqual([]);
  });
});
