import { policyStatements } from './policy';
import { synthesize } from './synthesis';

const statements = policyStatements(synthesize()).filter(({ effect }) => effect === 'Allow');

/** Actions for which AWS allows no name of a resource, by the service reference of its authorization. */
const nameless: Readonly<Record<string, RegExp>> = {
  'X-Ray takes no resource': /^xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)$/u,
  'a schema version that is asked for by its id takes no resource (Glue developer guide, "Schema registry permissions")': /^glue:GetSchemaVersion$/u,
  'deliveries of logs take no resource (Step Functions developer guide, "Logging")': /^logs:(Create|Get|Update|Delete)LogDelivery$|^logs:(ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)$/u,
};

/** The actions of each Lambda's role, by its policy. */
const actionsOf = (role: string): readonly string[] =>
  [...new Set(statements.filter(({ id, type }) => type === 'AWS::IAM::Policy' && id.startsWith(role)).flatMap(({ actions }) => actions))].sort();

const own = ['logs:CreateLogStream', 'logs:PutLogEvents'];

describe('policies', () => {
  it('name what they allow, but where AWS has no name for it', () => {
    // In a key policy * is the key itself.
    const stars = statements.filter(({ resources, type }) => resources.includes('*') && type !== 'AWS::KMS::Key').flatMap(({ layer, actions }) => actions.map((action) => `${layer} ${action}`));
    expect(stars.filter((star) => !Object.values(nameless).some((pattern) => pattern.test(star.split(' ')[1] ?? '')))).toEqual([]);
    // Only the state machine, and who reads schemas by their ids, have such actions, and a reason that nothing needs any more must go.
    expect(stars.filter((star) => !star.startsWith('processing ') && !star.endsWith(' glue:GetSchemaVersion'))).toEqual([]);
    for (const [reason, pattern] of Object.entries(nameless)) expect([reason, stars.some((star) => pattern.test(star.split(' ')[1] ?? ''))]).toEqual([reason, true]);
  });

  it('allow no wildcard of actions, but to the account over its key, and the services that use the key', () => {
    const wild = statements.filter(({ actions }) => actions.some((action) => action.includes('*')));
    expect(wild.filter(({ type }) => type !== 'AWS::KMS::Key')).toEqual([]);
  });

  it('let a service use the key and the topic only on behalf of this account, where the service says for whom', () => {
    const services = statements.filter(({ principal }) => JSON.stringify(principal ?? {}).includes('amazonaws.com'));
    const givesNoSource = (statement: (typeof services)[number]): boolean => JSON.stringify(statement.principal) === '{"Service":"events.amazonaws.com"}';
    const conditioned = services.filter((statement) => statement.type !== 'AWS::IAM::Role' && !givesNoSource(statement));
    expect(conditioned.length).toBeGreaterThan(3);
    for (const statement of conditioned) expect(statement.condition).toMatchObject({ StringEquals: { 'aws:SourceAccount': '111122223333' } });
    // A condition here would lose the messages of EventBridge to the encrypted topic; a queue is told by one rule.
    expect(services.filter(givesNoSource).map(({ type, condition }) => [type, condition]))
      .toEqual([['AWS::KMS::Key', undefined], ['AWS::SQS::QueuePolicy', { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringContaining('NewRaw'), 'Arn'] } } }], ['AWS::SNS::TopicPolicy', undefined]]);
  });

  it('say nothing of SageMaker where no model has an endpoint', () => {
    expect(statements.filter(({ actions, type }) => type === 'AWS::IAM::ManagedPolicy' || actions.some((action) => action.startsWith('sagemaker:')))).toEqual([]);
  });

  it('of buckets and the key name no role', () => {
    for (const { type, principal } of statements.filter((statement) => ['AWS::S3::BucketPolicy', 'AWS::KMS::Key'].includes(statement.type))) {
      expect([type, JSON.stringify(principal)]).not.toEqual([type, expect.stringContaining(':role/')]);
    }
  });
});

describe('each Lambda may do what its work needs, and no more', () => {
  const consumes = ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];

  const judges = ['glue:GetSchemaVersion', 'ssm:GetParametersByPath'];

  const everyVersion = ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject', 's3:GetObjectLegalHold', 's3:GetObjectRetention', 's3:GetObjectVersion', 's3:ListBucket', 's3:ListBucketVersions'];

  it.each([
    ['DefinitionsGuard', ['ssm:GetParametersByPath']],
    ['ContractRegistrar', ['glue:CreateRegistry', 'glue:CreateSchema', 'glue:GetRegistry', 'glue:GetSchema', 'glue:GetSchemaByDefinition', 'glue:GetSchemaVersion', 'glue:ListSchemaVersions', 'glue:PutSchemaVersionMetadata',
      'glue:RegisterSchemaVersion', 'glue:UpdateSchema', 'ssm:DeleteParameters', 'ssm:GetParametersByPath', 'ssm:PutParameter']],
    ['IngestValidator', [...consumes, ...judges, 'kms:GenerateDataKey', 's3:ListBucket', 's3:PutObject']],
    ['FeatureAggregator', [...consumes, ...judges, 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'kms:GenerateDataKey', 's3:PutObject']],
    ['DatasetLander', ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['LakeCompactor', ['glue:CreateTable', 'glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']],
    ['LakeMaintainerRole', ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:UpdateTable', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['DatasetCommitter', ['glue:CreateTable', 'glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['TrainingSetWriter', ['glue:CreateTable', 'glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['ErasureSubjectEraser', ['dynamodb:DeleteItem', 'dynamodb:Scan', 'kms:Decrypt', 'kms:GenerateDataKey', ...everyVersion, 's3:PutObject', 'ssm:DeleteParameter', 'ssm:GetParameter', 'ssm:GetParametersByPath', 'ssm:PutParameter']],
    ['ErasureLakeEraser', ['dynamodb:Scan', 'glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:UpdateTable', 'kms:Decrypt', 'kms:GenerateDataKey', ...everyVersion, 's3:PutObject']],
    ['ModelMonitorRole', ['dynamodb:Query', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['ScoringBatchScorer', ['dynamodb:Query', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['ScoringPredictionWriter', ['glue:CreateTable', 'glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['TrainingTrainingSetBuilder', ['dynamodb:Query', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['TrainingModelRegistrar', ['kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:ListBucket', 's3:PutObject']],
    ['TrainingTrainJob', ['kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:PutObject']],
    ['TrainingEvaluateJob', ['kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:PutObject']],
    ['PredictionApi', ['dynamodb:BatchGetItem', 'kinesis:PutRecords', 'kms:Decrypt', 's3:GetObject', 's3:ListBucket']],
  ])('%s', (role, actions) => {
    expect(actionsOf(role)).toEqual([...actions, ...own].sort());
  });

  it('runs a trainer in a role that writes neither reports nor versions nor what the judge is asked for, and judges in one that writes reports alone', () => {
    const writes = (role: string): readonly string[] => statements.filter(({ id, type, actions }) => type === 'AWS::IAM::Policy' && id.startsWith(role) && actions.includes('s3:PutObject')).flatMap(({ resources }) => resources.map((resource) => /-models-[^/]*\/(?<prefix>.*)$/u.exec(String(resource))?.groups?.['prefix'] ?? String(resource)));
    expect(writes('TrainingTrainJob')).toEqual(['training/*/metrics.json', 'training/*/model.onnx']);
    expect(writes('TrainingEvaluateJob')).toEqual(['evaluations/*']);
  });
});
