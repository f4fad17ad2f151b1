import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { refuseLeftBehind } from '../../../cli/ingestion/left-behind';
import type { Context } from '../../../cli/context';
import { environmentOf, namesOf, type Environment } from '../../../core/environment';
import { manifestOf } from '../../fixtures/contracts';

const now = Date.UTC(2001, 5, 1, 12);
type Ways = Pick<Environment, 'ingestion' | 'ingestionBefore'> & Partial<Pick<Environment, 'msk' | 'ephemeral'>>;

const arnOf = (name: string): string => `arn:aws:kafka:us-east-1:111122223333:cluster/${name}/0a1b2c3d-1111-2222-3333-444455556666-7`;

const contextWith = (ways: Ways): Context => {
  const environment = environmentOf({ name: 'moving', account: '111122223333', region: 'us-east-1', ...ways });
  return { environment, names: namesOf(environment), manifest: manifestOf({}), project: {} as Context['project'] };
};

interface Account {
  /** States of the mappings of a consumer, by the service that they read. */
  readonly mappings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the event writer tells of the topic: to whom goes on at a moment, and to a group. */
  readonly behind: (asked: { readonly group?: string; readonly from?: number }) => number;
  /** The cluster that mappings of Kafka read. */
  readonly cluster?: string;
}
const enabled = { kinesis: 'Enabled', kafka: 'Enabled' };
const both: Account['mappings'] = { 'headrace-moving-ingest-validator': enabled, 'headrace-moving-feature-aggregator': enabled };

/** What an account answers whose stream has one shard, which took nothing lately, and whose consumers have reported nothing. */
const answerOf = ({ mappings, behind, cluster = 'headrace-moving' }: Account, path: string, target: string, body: string): unknown => {
  if (path.startsWith('/2015-03-31/event-source-mappings')) {
    const states = mappings[new URL(path, 'http://local').searchParams.get('FunctionName') ?? ''] ?? {};
    return { EventSourceMappings: Object.entries(states).map(([service, State]) => ({ EventSourceArn: service === 'kafka' ? arnOf(cluster) : `arn:aws:${service}:us-east-1:111122223333:x`, State })) };
  }
  if (path.startsWith('/2015-03-31/functions/headrace-moving-event-writer/')) {
    const { behind: asked } = JSON.parse(body) as { readonly behind: Parameters<Account['behind']>[0] };
    return { partitions: [{ partition: 0, behind: 0 }, { partition: 1, behind: behind(asked) }] };
  }
  const answers: Readonly<Record<string, unknown>> = { ListShards: { Shards: [{ ShardId: 'shardId-0' }] }, GetShardIterator: { ShardIterator: 'i' }, GetRecords: { Records: [], MillisBehindLatest: 0 }, GetMetricStatistics: { Datapoints: [] } };
  return answers[target.split('.').at(-1) ?? ''] ?? {};
};

describe('a deploy that takes a way in away', () => {
  let account: Account = { mappings: both, behind: () => 0 };
  const answer = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void => {
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString('latin1'); });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answerOf(account, request.url ?? '', String(request.headers['x-amz-target'] ?? ''), body)));
    });
  };
  // The client of Kinesis speaks HTTP/2.
  const services: readonly Server[] = [createServer(answer), createHttp2Server(answer)];
  const before = { ...process.env };
  beforeAll(async () => {
    for (const service of services) {
      service.listen(0, '127.0.0.1');
      await once(service, 'listening');
    }
    const [others = '', kinesis = ''] = services.map((service) => `http://127.0.0.1:${(service.address() as AddressInfo).port}`);
    Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: others, AWS_ENDPOINT_URL_KINESIS: kinesis });
  });
  afterAll(() => {
    process.env = before;
    for (const service of services) service.close();
  });

  const refusalOf = async (ways: Ways, given: Partial<Account> = {}): Promise<string | undefined> => {
    account = { mappings: both, behind: () => 0, ...given };
    try { await refuseLeftBehind(contextWith(ways), now); } catch (error) { return error instanceof Error ? error.message : String(error); }
    return undefined;
  };

  it('goes on where the stream rests and both consumers read it', async () => {
    expect(await refusalOf({ ingestion: 'msk' })).toBeUndefined();
  });

  it('is refused where a consumer of the stream is stopped, as no metric says what waits for it', async () => {
    expect(await refusalOf({ ingestion: 'msk' }, { mappings: { ...both, 'headrace-moving-ingest-validator': { ...enabled, kinesis: 'Disabled' } } })).toMatch(/headrace-moving-ingest-validator reads its stream is Disabled/u);
    expect(await refusalOf({ ingestion: 'msk' }, { mappings: { ...both, 'headrace-moving-feature-aggregator': { ...enabled, kinesis: 'Disabling' } } })).toMatch(/headrace-moving-feature-aggregator reads its stream is Disabling/u);
    // That of the topic is not what goes.
    expect(await refusalOf({ ingestion: 'msk' }, { mappings: { ...both, 'headrace-moving-feature-aggregator': { ...enabled, kafka: 'Disabled' } } })).toBeUndefined();
  });

  it('goes on where the topic rests and both consumers have read it', async () => {
    expect(await refusalOf({ ingestion: 'kinesis' })).toBeUndefined();
  });

  it('is refused where the topic took records within a quarter of an hour, though they are read: a producer is left', async () => {
    expect(await refusalOf({ ingestion: 'kinesis' }, { behind: ({ from }) => (from === now - 15 * 60_000 ? 40_000 : 0) })).toMatch(/its topic took records within the last 15 minutes/u);
  });

  it('is refused where another cluster would take the place of the one that is read', async () => {
    const msk = (name: string): Environment['msk'] => ({ cluster: { kind: 'existing', arn: arnOf(name), clientSecurityGroupId: 'sg-0a1b' }, partitions: 3, pollers: { minimum: 1, maximum: 3 }, network: { vpcId: 'vpc-0a1b', subnetIds: ['subnet-0a', 'subnet-0b'] } });
    const mappings = { 'headrace-moving-feature-aggregator': { kafka: 'Enabled' } };
    expect(await refusalOf({ ingestion: 'msk', msk: msk('events') }, { mappings, cluster: 'events' })).toBeUndefined();
    expect(await refusalOf({ ingestion: 'msk', msk: msk('others') }, { mappings, cluster: 'events' })).toMatch(/on the cluster arn:\S+cluster\/events\/\S+, and this deploy would take them from arn:\S+cluster\/others\//u);
    expect(await refusalOf({ ingestion: 'msk', msk: msk('events') }, { mappings })).toMatch(/cluster\/headrace-moving\/\S+, and this deploy would take them from arn:\S+cluster\/events\//u);
    expect(await refusalOf({ ingestion: 'msk' }, { mappings, cluster: 'events' })).toMatch(/would take them from one of its own/u);
    // Both are read while producers move, and the stream is left as it is.
    expect(await refusalOf({ ingestion: 'kinesis', ingestionBefore: 'msk', msk: msk('others') }, { mappings: both, cluster: 'events' })).toMatch(/would take them from arn:\S+cluster\/others\//u);
    expect(await refusalOf({ ingestion: 'msk', ephemeral: true, msk: msk('others') }, { mappings, cluster: 'events' })).toBeUndefined();
  });

  it('is refused where a consumer has not read all of the topic', async () => {
    expect(await refusalOf({ ingestion: 'kinesis' }, { behind: ({ group }) => (group === 'headrace-moving-feature-aggregator' ? 86_400_000 : 0) })).toMatch(/headrace-moving-feature-aggregator has not read all of its topic/u);
  });
});
