import { localEnvironment, namesOf } from '../../../core/environment';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Context } from '../../../cli/context';
import { flinkBegins, unseenHops } from '../../../cli/features/flink';
import { manifestOf } from '../../fixtures/contracts';
import * as definitions from '../../fixtures/flink/definitions';

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
  let service: Server;
  const asked: string[] = [];
  let answer: readonly [number, unknown] = [200, {}];
  beforeAll(async () => {
    service = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
      request.on('end', () => {
        asked.push(body);
        response.writeHead(answer[0], { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(answer[1]));
      });
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}` });
  });
  afterAll(async () => {
    service.close();
    await once(service, 'close');
  });

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
