import { environmentOf, localEnvironment, namesOf, selectEnvironment, validateEnvironment, type Environment } from '../../../core/environment';

const staging = environmentOf({ name: 'staging', account: '111122223333', region: 'eu-central-1' });
const tokens = { kind: 'jwt', issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123', audience: ['app'] } as const;

const ofCluster = (place: string): string => `arn:aws:kafka:${place}:cluster/events/0a1b2c3d-1111-2222-3333-444455556666-7`;
/** Settings of a cluster that is there, with what is to be otherwise. */
const existing = (cluster: Readonly<Record<string, unknown>>): Environment['msk'] => ({
  ...staging.msk, cluster: { kind: 'existing', arn: ofCluster('eu-central-1:111122223333'), clientSecurityGroupId: 'sg-0a1b', ...cluster }, network: { vpcId: 'vpc-0a1b', subnetIds: ['subnet-0a', 'subnet-0b'] },
});

describe('validateEnvironment', () => {
  it('takes an environment that says only who and where', () => {
    expect(validateEnvironment(staging)).toBe(staging);
    expect(validateEnvironment(localEnvironment()).name).toBe('local');
    const withTokens = { ...staging, authorization: { ...tokens, scopes: { predict: 'score' }, modelScope: 'predict:{model}' }, throttling: { requestsPerSecond: 100, burst: 200, routes: { predict: { requestsPerSecond: 50, burst: 100 } } }, corsOrigins: ['https://app.example.com', 'http://localhost:5173'] };
    expect(validateEnvironment(withTokens)).toBe(withTokens);
    expect(() => validateEnvironment({ ...staging, authorization: { ...tokens, issuer: 'http://127.0.0.1:4710' } })).not.toThrow();
    const onKafka = environmentOf({ ...staging, ingestion: 'msk', msk: { cluster: { kind: 'provisioned', brokers: 3, instanceType: 'kafka.m7g.large', storageGigabytes: 100 }, network: { vpcId: 'vpc-0a1b', subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'] } } });
    expect(validateEnvironment(onKafka).msk.partitions).toBe(3);
    for (const uuid of ['0a1b2c3d-1111-2222-3333-444455556666-7', '0a1b2c3d-1111-2222-3333-444455556666-s2']) expect(() => validateEnvironment({ ...staging, ingestion: 'msk', msk: existing({ arn: `arn:aws:kafka:eu-central-1:111122223333:cluster/events-2/${uuid}` }) })).not.toThrow();
  });

  it.each<[string, Partial<Environment>, string]>([
    ['a name with capitals', { name: 'Staging' }, 'name is "Staging"'],
    ['a name that ends with a hyphen', { name: 'staging-' }, 'name is "staging-"'],
    ['an account of eleven digits', { account: '11112222333' }, 'account is "11112222333"; it must be twelve digits'],
    ['no region', { region: 'Frankfurt' }, 'region is "Frankfurt"'],
    ['an unknown architecture', { architecture: 'x64' as 'arm64' }, 'architecture is "x64"; it must be one of arm64, x86_64'],
    ['no shards', { stream: { mode: 'provisioned', shards: 0 } }, 'stream.shards is 0; it must be a whole number of shards, 1 to 500'],
    ['an unknown stream mode', { stream: { mode: 'serverless' as 'on-demand' } }, 'stream.mode is "serverless"; it must be one of provisioned, on-demand'],
    ['a move from what events already come in by', { ingestion: 'msk', ingestionBefore: 'msk' }, 'ingestionBefore is "msk"; it must be one of kinesis'],
    ['an ingestion that there is not', { ingestion: 'kafka' as 'msk' }, 'ingestion is "kafka"; it must be one of kinesis, msk'],
    ['no partitions', { msk: { ...staging.msk, partitions: 0 } }, 'msk.partitions is 0; it must be a whole number of partitions, 1 to 500'],
    ['more pollers at least than at most', { msk: { ...staging.msk, pollers: { minimum: 4, maximum: 3 } } }, 'msk.pollers.maximum is 3; it must be a whole number of pollers, the minimum or more, 4 to 2000'],
    ['a kind of cluster that there is not', { msk: { ...staging.msk, cluster: { kind: 'express' as 'serverless' } } }, 'msk.cluster.kind is "express"; it must be one of serverless, provisioned, existing'],
    ['brokers that cannot be spread over the subnets', { msk: { ...staging.msk, cluster: { kind: 'provisioned', brokers: 3, instanceType: 'kafka.t3.small', storageGigabytes: 10 } } }, 'msk.cluster.brokers is 3; it must be a multiple of 2'],
    ['a size that is none of brokers', { msk: { ...staging.msk, cluster: { kind: 'provisioned', brokers: 2, instanceType: 't3.small', storageGigabytes: 10 } } }, 'msk.cluster.instanceType is "t3.small"'],
    ['one subnet', { msk: { ...staging.msk, network: { vpcId: 'vpc-0a1b', subnetIds: ['subnet-0a1b'] } } }, 'msk.network.subnetIds is ["subnet-0a1b"]; it must be two or three different subnets'],
    ['no VPC', { msk: { ...staging.msk, network: { vpcId: '', subnetIds: ['subnet-0a', 'subnet-0b'] } } }, 'msk.network.vpcId is ""'],
    ['a cluster that is there without its ARN', { msk: existing({ arn: undefined }) }, 'msk.cluster.arn is absent; it must be the ARN of a cluster of MSK'],
    ['an ARN of a cluster that lacks its end', { msk: existing({ arn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/events' }) }, 'msk.cluster.arn is "arn:aws:kafka:eu-central-1:111122223333:cluster/events"; it must be the ARN of a cluster of MSK to its end'],
    ['an ARN of a topic', { msk: existing({ arn: ofCluster('eu-central-1:111122223333').replace(':cluster/', ':topic/') }) }, 'it must be the ARN of a cluster of MSK'],
    ['a cluster of another account', { msk: existing({ arn: ofCluster('eu-central-1:444455556666') }) }, 'it must be of a cluster in the account 111122223333 and the region eu-central-1, where the environment is'],
    ['a cluster of another region', { msk: existing({ arn: ofCluster('eu-west-1:111122223333') }) }, 'it must be of a cluster in the account 111122223333 and the region eu-central-1, where the environment is'],
    ['a cluster that is there without a way to its brokers', { msk: existing({ clientSecurityGroupId: undefined }) }, 'msk.cluster.clientSecurityGroupId is absent; it must be the id of the security group'],
    ['no word of when brokers were asked for', { msk: existing({ brokersAsOf: '' }) }, 'msk.cluster.brokersAsOf is ""; it must be a text of 1 to 100 characters'],
    ['a security group by its name', { msk: existing({ clientSecurityGroupId: 'kafka-clients' }) }, 'msk.cluster.clientSecurityGroupId is "kafka-clients"'],
    ['a cluster that is there without its network', { msk: { ...existing({}), network: undefined as never } }, 'msk.network is absent; it must be the VPC of the cluster that is there'],
    ['no cluster at all', JSON.parse('{"msk":null}') as Partial<Environment>, 'msk.cluster.kind is absent'],
    ['a retention under a day', { streamRetentionHours: 12 }, 'streamRetentionHours is 12'],
    ['a log retention that CloudWatch does not offer', { logRetentionDays: 10 }, 'logRetentionDays is 10; it must be one of 1, 3, 5'],
    ['a batching window over five minutes', { validatorBatchingWindowSeconds: 301 }, 'validatorBatchingWindowSeconds is 301; it must be a whole number of seconds, 0 to 300'],
    ['too little memory', { predictionMemoryMegabytes: 64 }, 'predictionMemoryMegabytes is 64'],
    ['no process kept started', { predictionProvisionedConcurrency: 0 }, 'predictionProvisionedConcurrency is 0; it must be a whole number of processes, or absent, 1 to 1000'],
    ['a look at the models that never comes', { modelRefreshSeconds: 0 }, 'modelRefreshSeconds is 0'],
    ['an orchestration that is none', { orchestration: { kind: 'cron' } as never }, 'orchestration.kind is "cron"; it must be one of scheduler, airflow'],
    ['no orchestration', JSON.parse('{"orchestration":null}') as Partial<Environment>, 'orchestration.kind is absent'],
    ['a day that is none', { orchestration: { kind: 'airflow', startDate: '2026-02-30' } }, 'orchestration.startDate is "2026-02-30"; it must be a day, such as 2026-03-01'],
    ['no batch at once', { orchestration: { kind: 'airflow', startDate: '2026-03-01', concurrency: 0 } }, 'orchestration.concurrency is 0; it must be a whole number of batches, 1 to 16'],
    ['an Airflow of a size that is none', { orchestration: { kind: 'airflow', startDate: '2026-03-01', mwaa: { environmentClass: 'mw1.tiny' as never } } }, 'orchestration.mwaa.environmentClass is "mw1.tiny"; it must be one of mw1.small'],
    ['no throttling', JSON.parse('{"throttling":null}') as Partial<Environment>, 'throttling.requestsPerSecond is absent'],
    ['no authorization', JSON.parse('{"authorization":null}') as Partial<Environment>, 'authorization.kind is absent; it must be one of iam, jwt'],
    ['an authorization that lets everybody in', { authorization: { kind: 'none' } as never }, 'authorization.kind is "none"; it must be one of iam, jwt'],
    ['an issuer without https', { authorization: { ...tokens, issuer: 'http://id.example.com' } }, 'authorization.issuer is "http://id.example.com"; it must be the https address'],
    ['an issuer that only begins like this machine', { authorization: { ...tokens, issuer: 'http://localhost.example.com/' } }, 'authorization.issuer is'],
    ['an issuer with a user', { authorization: { ...tokens, issuer: 'https://id@example.com/' } }, 'authorization.issuer is'],
    ['no audience', { authorization: { ...tokens, audience: [] } }, 'authorization.audience is []; it must be a list of 1 to 50'],
    ['an audience that is no list', { authorization: { ...tokens, audience: 'app' as never } }, 'authorization.audience is "app"'],
    ['two scopes as one', { authorization: { ...tokens, scopes: { predict: 'a b' } } }, 'authorization.scopes.predict is "a b"; it must be one scope'],
    ['a scope of routes that are none', { authorization: { ...tokens, scopes: { predicts: 'a' } as never } }, 'authorization.scopes is "predicts"; it must be one of predict, features, models'],
    ['a scope of models without the model', { authorization: { ...tokens, modelScope: 'predict' } }, 'authorization.modelScope is "predict"; it must be a scope with {model} in it'],
    ['no burst of a group of routes', { throttling: { requestsPerSecond: 100, burst: 200, routes: { predict: { requestsPerSecond: 50, burst: 0 } } } }, 'throttling.routes.predict.burst is 0'],
    ['any origin', { corsOrigins: ['*'] }, 'corsOrigins is "*"; it must be origins by name'],
    ['origins by a wildcard', { corsOrigins: ['https://*.example.com'] }, 'corsOrigins is "https://*.example.com"'],
    ['an origin with a path', { corsOrigins: ['https://app.example.com/'] }, 'corsOrigins is'],
    ['no origins by name', { corsOrigins: [] }, 'corsOrigins is []; it must be a list of origins, or absent'],
    ['a registry without TLS', { registry: { kind: 'confluent', url: 'http://registry.example.com' } }, 'registry.url is "http://registry.example.com"'],
    ['a registry whose address holds a password', { registry: { kind: 'confluent', url: 'https://me:secret@registry.example.com' } }, 'registry.url is'],
    ['an address without a domain', { alarmEmail: 'oncall' }, 'alarmEmail is "oncall"'],
  ])('refuses %s and names the field', (_, change, message) => {
    expect(() => validateEnvironment({ ...staging, ...change })).toThrow(message);
  });

  it('names every field that is wrong at once', () => {
    expect(() => validateEnvironment({ ...staging, account: '1', region: '2' })).toThrow(/account is .*\n.*region is /u);
  });

  it('refuses a name that would make a bucket name longer than 63 characters', () => {
    const long = { ...staging, name: 'a'.repeat(16), region: 'ap-southeast-2' };
    expect(namesOf(long).bucket('quarantine')).toHaveLength(64);
    expect(() => validateEnvironment(long)).toThrow('at most 15 characters in ap-southeast-2');
    expect(() => validateEnvironment({ ...long, name: 'a'.repeat(15) })).not.toThrow();
  });
});

describe('selectEnvironment', () => {
  it('finds an environment by its name', () => {
    expect(selectEnvironment([localEnvironment(), staging], 'staging')).toBe(staging);
  });

  it('says which environments there are when the name is unknown', () => {
    expect(() => selectEnvironment([localEnvironment(), staging], 'prod')).toThrow('no environment "prod"; environments.ts has local, staging');
  });

  it('refuses two environments of one name', () => {
    expect(() => selectEnvironment([staging, staging], 'staging')).toThrow('2 environments named "staging"');
  });
});
