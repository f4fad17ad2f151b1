import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRecordings, type Checked } from './recordings';

type Json = Readonly<Record<string, unknown>>;

const allow = (Action: string | readonly string[], Resource: string | readonly string[], more: Json = {}): Json => ({ Effect: 'Allow', Action, Resource, ...more });

const json = (service: string, target: string, body: Json): Json => ({ via: 'request', service, method: 'POST', path: '/', query: {}, headers: {}, target, body });
const rest = (service: string, method: string, path: string, more: Json = {}): Json => ({ via: 'request', service, method, path, query: {}, headers: {}, target: '', body: null, ...more });

const key = 'arn:aws:kms:us-east-1:000000000000:key/1';
const topic = 'arn:aws:sns:us-east-1:000000000000:alarms';
const cluster = 'arn:aws:kafka:us-east-1:000000000000:cluster/headrace-local/b5f82db4-9e25-403c-b095-1d6b62a2fed5-1';

const cases: string[] = [];
let checks: readonly Checked[] | undefined;

/** What the check says of calls of a role with such a policy; the bucket `sealed` and the topic `alarms` are encrypted with a key. All cases are checked at once, when the first is asked for. */
const check = (statements: readonly Json[], ...calls: readonly Json[]): (() => Checked) => {
  const entries = [
    { kind: 'role', role: 'works', account: '000000000000', policies: { policy: { Statement: statements } }, managed: [] },
    { kind: 'stack', stack: 'lake', roles: { WorkerRole0123ABCD: 'works' }, keys: { sealed: key, [topic]: key } },
    ...calls.map((call) => ({ kind: 'call', role: 'works', account: '000000000000', region: 'us-east-1', ...call })),
  ];
  const index = cases.push(entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')) - 1;
  return () => {
    checks ??= checkAll();
    const checked = checks[index];
    if (checked === undefined) throw new Error('A case was put in after the first was checked.');
    return checked;
  };
};

const checkAll = (): readonly Checked[] => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-calls-'));
  try {
    return checkRecordings(...cases.map((text, index) => {
      mkdirSync(join(directory, String(index)));
      writeFileSync(join(directory, String(index), '4566-1.ndjson'), text);
      return join(directory, String(index));
    }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table';
const getItem = json('dynamodb', 'DynamoDB_20120810.GetItem', { TableName: 'state', Key: { entity: { S: 'ORD' } } });

/** What of one call is outside a policy: the actions and their resources. */
const outside = (statements: readonly Json[], call: Json): (() => readonly string[]) => {
  const checked = check(statements, call);
  return () => {
    expect([checked().faults, checked().unjudged]).toEqual([[], []]);
    return checked().outside.map((line) => line.replace(/^lake\/WorkerRole: (.*) \(.*\)$/u, '$1'));
  };
};

describe('a policy allows', () => {
  it.each(([
    ['the action on the resource that it names', [allow('dynamodb:GetItem', `${table}/state`)], true],
    ['what its wildcards meet', [allow('dynamodb:Get*', `${table}/st?te`)], true],
    ['an action whatever its case', [allow('dynamodb:getitem', `${table}/state`)], true],
    ['no resource in another case', [allow('dynamodb:GetItem', `${table}/State`)], false],
    ['no other action', [allow('dynamodb:PutItem', `${table}/state`)], false],
    ['no other resource', [allow('dynamodb:GetItem', `${table}/state/index/day`)], false],
    ['nothing that it denies elsewhere', [allow('dynamodb:*', '*'), { Effect: 'Deny', Action: 'dynamodb:GetItem', Resource: `${table}/s*` }], false],
    ['nothing under a condition on what the request does not have', [allow('dynamodb:GetItem', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'lake' } } })], false],
  ] as const).map(([what, statements, isAllowed]) => [what, isAllowed, outside(statements, getItem)] as const))('%s', (_, isAllowed, found) => {
    expect(found()).toEqual(isAllowed ? [] : [`dynamodb:GetItem on ${table}/state`]);
  });

  it.each(([
    ['NotAction', { Effect: 'Allow', NotAction: 'dynamodb:PutItem', Resource: '*' }, getItem],
    ['DateLessThan', allow('dynamodb:GetItem', '*', { Condition: { DateLessThan: { 'aws:CurrentTime': '2030-01-01' } } }), getItem],
    ['athena GetQueryExecution', allow('*', '*'), json('athena', 'AmazonAthena.GetQueryExecution', { QueryExecutionId: 'q' })],
  ] as const).map(([what, statement, call]) => [what, check([statement], call)] as const))('nothing by silence: %s is not judged', (what, checked) => {
    expect(checked().unjudged).toEqual([expect.stringContaining(what)]);
  });
});

describe('a call needs', () => {
  const object = 'arn:aws:s3:::lake/raw/a';
  const sealed = 'arn:aws:s3:::sealed/raw/a';
  const glue = 'arn:aws:glue:us-east-1:000000000000';

  it.each(([
    ['GetObject of an object', rest('s3', 'GET', '/lake/raw/a', { query: { 'x-id': 'GetObject' } }), [`s3:GetObject on ${object}`]],
    ['GetObjectVersion of a version', rest('s3', 'GET', '/lake/raw/a', { query: { versionId: '1' } }), [`s3:GetObjectVersion on ${object}`]],
    ['GetObject to ask whether an object is there', rest('s3', 'HEAD', '/lake/raw/a'), [`s3:GetObject on ${object}`]],
    ['the key of what is encrypted', rest('s3', 'GET', '/sealed/raw/a'), [`kms:Decrypt on ${key}`, `s3:GetObject on ${sealed}`]],
    ['a data key to write what is encrypted', rest('s3', 'PUT', '/sealed/raw/a'), [`kms:GenerateDataKey on ${key}`, `s3:PutObject on ${sealed}`]],
    ['to read the data key of an upload in parts', rest('s3', 'PUT', '/sealed/raw/a', { query: { partNumber: '1', uploadId: 'u' } }), [`kms:Decrypt on ${key}`, `kms:GenerateDataKey on ${key}`, `s3:PutObject on ${sealed}`]],
    ['to read what a write is compared with', rest('s3', 'PUT', '/lake/raw/a', { headers: { 'if-match': '"e"' } }), [`s3:GetObject on ${object}`, `s3:PutObject on ${object}`]],
    ['ListBucket of the bucket', rest('s3', 'GET', '/lake', { query: { 'list-type': '2', prefix: 'raw/' } }), ['s3:ListBucket on arn:aws:s3:::lake']],
    ['ListBucketVersions of the bucket', rest('s3', 'GET', '/lake', { query: { versions: '' } }), ['s3:ListBucketVersions on arn:aws:s3:::lake']],
    ['DeleteObject of each of many', rest('s3', 'POST', '/lake', { query: { delete: '' }, body: '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>1</VersionId></Object></Delete>' }),
      ['s3:DeleteObject on arn:aws:s3:::lake/a', 's3:DeleteObjectVersion on arn:aws:s3:::lake/b']],
    ['the action of each item of a transaction', json('dynamodb', 'DynamoDB_20120810.TransactWriteItems', { TransactItems: [
      { Put: { TableName: 'a', Item: {} } }, { ConditionCheck: { TableName: 'b', Key: {}, ConditionExpression: 'attribute_exists(x)' } },
    ] }), [`dynamodb:ConditionCheckItem on ${table}/b`, `dynamodb:PutItem on ${table}/a`]],
    ['the action on each table of a batch', json('dynamodb', 'DynamoDB_20120810.BatchGetItem', { RequestItems: { a: { Keys: [{}] }, b: { Keys: [{}] } } }), [`dynamodb:BatchGetItem on ${table}/a`, `dynamodb:BatchGetItem on ${table}/b`]],
    ['the catalog and the database of a table', json('glue', 'AWSGlue.GetTable', { DatabaseName: 'lake', Name: 'flights' }), [`glue:GetTable on ${glue}:catalog`, `glue:GetTable on ${glue}:database/lake`, `glue:GetTable on ${glue}:table/lake/flights`]],
    ['the parameters below a path by their path', json('ssm', 'AmazonSSM.GetParametersByPath', { Path: '/headrace/local' }), ['ssm:GetParametersByPath on arn:aws:ssm:us-east-1:000000000000:parameter/headrace/local']],
    ['the version of a function that it invokes', rest('lambda', 'POST', '/2015-03-31/functions/worker/invocations', { query: { Qualifier: 'live' } }), ['lambda:InvokeFunction on arn:aws:lambda:us-east-1:000000000000:function:worker:live']],
    ['to be told the brokers of a cluster, whose ARN holds slashes', rest('kafka', 'GET', `/v1/clusters/${cluster}/bootstrap-brokers`), [`kafka:GetBootstrapBrokers on ${cluster}`]],
    ['the key of an encrypted topic', rest('sns', 'POST', '/', { body: { Action: 'Publish', TopicArn: topic, Message: 'm' } }), [`kms:Decrypt on ${key}`, `kms:GenerateDataKey on ${key}`, `sns:Publish on ${topic}`]],
    ['the run of a job to wait for it', { via: 'state machine', service: 'states', operation: 'arn:aws:states:::glue:startJobRun.sync', parameters: { JobName: 'job' } },
      ['BatchStopJobRun', 'GetJobRun', 'GetJobRuns', 'StartJobRun'].map((action) => `glue:${action} on ${glue}:job/job`)],
    ['what a schedule starts', { via: 'schedule', service: 'scheduler', operation: 'Invoke', parameters: { Arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:nightly' } },
      ['states:StartExecution on arn:aws:states:us-east-1:000000000000:stateMachine:nightly']],
  ] as readonly (readonly [string, Json, readonly string[]])[]).map(([what, call, needs]) => [what, needs, outside([], call), outside([allow('*', '*')], call)] as const))('%s', (_, needs, withoutPolicy, withAll) => {
    expect(withoutPolicy()).toEqual(needs);
    expect(withAll()).toEqual([]);
  });

  const records = json('kinesis', 'Kinesis_20131202.GetRecords', { ShardIterator: 'AAAA' });
  const [withSome, withNone] = [outside([allow('kinesis:GetRecords', 'arn:aws:kinesis:us-east-1:000000000000:stream/events')], records), outside([allow('kinesis:ListShards', '*')], records)];

  it('some stream where the request does not tell which', () => {
    expect(withSome()).toEqual([]);
    expect(withNone()).toEqual(['kinesis:GetRecords on a resource that the request does not tell']);
  });
});

describe('the models of botocore find', () => {
  it.each(([
    ['an action that there is not', json('dynamodb', 'DynamoDB_20120810.GetItems', {}), /no operation GetItems/u],
    ['an action at another service', json('dynamodb', 'Kinesis_20131202.GetItem', {}), /the service is DynamoDB_20120810/u],
    ['a parameter that there is not', json('dynamodb', 'DynamoDB_20120810.GetItem', { TableName: 'state', Key: {}, Consistent: true }), /"Consistent"/u],
    ['a parameter that is missing', json('dynamodb', 'DynamoDB_20120810.GetItem', { TableName: 'state' }), /"Key"/u],
    ['a parameter of another type', json('dynamodb', 'DynamoDB_20120810.Scan', { TableName: 'state', Limit: '5' }), /Limit/u],
    ['a parameter within another that there is not', json('kinesis', 'Kinesis_20131202.PutRecords', { StreamName: 's', Records: [{ Data: 'AAAA', Key: 'k' }] }), /"Key"/u],
    ['a service that there is not', json('dynamodbs', 'X.Get', {}), /no service dynamodbs/u],
    ['a query that an operation does not take', rest('s3', 'GET', '/lake', { query: { 'list-type': '2', 'prefix-is': 'raw/' } }), /no prefix-is in its query/u],
    ['a number that is none', rest('s3', 'GET', '/lake', { query: { 'list-type': '2', 'max-keys': 'many' } }), /MaxKeys/u],
    ['a path that no operation has', rest('lambda', 'GET', '/2015-03-31/functionz'), /no operation of lambda/u],
    ['a member of a form that there is not', rest('sns', 'POST', '/', { body: { Action: 'Publish', TopicArn: topic, Text: 'm' } }), /Publish has no Text/u],
  ] as readonly (readonly [string, Json, RegExp])[]).map(([what, call, fault]) => [what, fault, check([allow('*', '*')], call)] as const))('%s', (_, fault, checked) => {
    expect(checked().faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  });
});

const halfUsed = check([allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [`${table}/state`, `${table}/batches`])], getItem);

it('tells the grants that no call used, each action on each resource', () => {
  const { unused, granted } = halfUsed();
  expect(granted).toHaveLength(4);
  expect(unused).toEqual([
    ['lake/WorkerRole', 'dynamodb:GetItem', `${table}/batches`], ['lake/WorkerRole', 'dynamodb:PutItem', `${table}/batches`], ['lake/WorkerRole', 'dynamodb:PutItem', `${table}/state`],
  ]);
});

const byDeveloper = check([], { ...getItem, role: '' });

it('holds no policy against the developer', () => {
  expect(byDeveloper().outside).toEqual([]);
});
