import { localEnvironment, namesOf } from '../../../core/environment';
import type { Context } from '../../../cli/context';
import { flinkBegins, unseenHops } from '../../../cli/features/flink';
import { manifestOf } from '../../fixtures/contracts';
import * as definitions from '../../fixtures/flink/definitions';
import { startAwsService, type Answer } from './support/aws-service';

const contextWith = (ingestion: 'kinesis' | 'msk', exported: Readonly<Record<string, unknown>> = definitions): Context => {
  const environment = localEnvironment({ ingestion });
  return { environment, names: namesOf(environment), manifest: manifestOf(exported), project: {} as Context['project'] };
};

describe('what is said of hops of which Flink has not seen the beginning', () => {
  it('is nothing where every view had no history', () => {
    expect(unseenHops(contextWith('msk'), [{ view: 'a@v1' }])).toBeUndefined();
  });

  it('is which views, by what command, and when the last of their hops has passed', () => {
    const said = unseenHops(contextWith('msk'), [{ view: 'a@v1', rebuildFrom: '2001-06-01T13:00:00.000Z' }, { view: 'b@v1' }, { view: 'c@v2', rebuildFrom: '2001-06-02T00:00:00.000Z' }, { view: 'd@v1', rebuildFrom: '2001-06-01T12:05:00.000Z' }]);
    expect(said).toContain('hops of a@v1, c@v2, d@v1 that are open now');
    expect(said).toContain('\nnext: after 2001-06-02T00:00:00.000Z, npx headrace features rebuild a@v1 c@v2 d@v1 --publish --env local');
  });
});

describe('what is said of a deploy', () => {
  let end: () => Promise<void>;
  const asked: string[] = [];
  let answer: Answer = [200, {}];
  beforeAll(async () => {
    end = await startAwsService((_operation, body) => {
      asked.push(body);
      return answer;
    });
  });
  afterAll(async () => { await end(); });

  it('is nothing, and nothing is asked, where no view is worked out by Flink', async () => {
    const { byFlink: _flink, ...others } = definitions;
    expect(await flinkBegins(contextWith('msk', others))).toBeUndefined();
    expect(await flinkBegins(contextWith('kinesis'))).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is that Flink begins without any state, and what to do, where there is no application of this SQL', async () => {
    answer = [400, { __type: 'ResourceNotFoundException', message: 'none' }];
    const said = await flinkBegins(contextWith('msk'));
    const { ApplicationName } = JSON.parse(asked.at(-1) ?? '') as { readonly ApplicationName: string };
    expect(ApplicationName).toMatch(/^headrace-local-features-[0-9a-f]{8}$/u);
    expect(said).toContain(`begins without any state, as ${ApplicationName}`);
    expect(said).toContain('npx headrace features rebuild delays_by_flink@v1 --publish --env local');
  });

  it('is nothing where it goes on as it is, and where whoever deploys may not look', async () => {
    answer = [200, { ApplicationDetail: { ApplicationStatus: 'RUNNING' } }];
    expect(await flinkBegins(contextWith('msk'))).toBeUndefined();
    answer = [400, { __type: 'AccessDeniedException', message: 'not authorized' }];
    expect(await flinkBegins(contextWith('msk'))).toBeUndefined();
    answer = [400, { __type: 'InvalidArgumentException', message: 'no such thing' }];
    await expect(flinkBegins(contextWith('msk'))).rejects.toThrow('no such thing');
  });
});
