import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { rejectionCodesOf } from '../../core/contract/rejection';
import { localEnvironment, namesOf } from '../../core/environment';
import { layers } from '../../lib';
import { production, resourcesOf, synthesize, type Synthesis } from './synthesis';

const regions = ['eu-central-1', 'us-east-1', 'ap-southeast-2'] as const;
const synthesized = regions.map((region) => synthesize({ ...production, region }));
const [frankfurt] = synthesized as [Synthesis];

const repository = join(__dirname, '..', '..');

describe.each(synthesized.map((synthesis) => [synthesis.environment.region, synthesis] as const))('the stacks in %s', (_, synthesis) => {
  it('have no finding of cdk-nag that is not justified', () => {
    const { violations } = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app);
    expect(violations.flatMap(({ ruleName, description, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`))).toEqual([]);
  });

  it('import nothing from each other, and export nothing', () => {
    for (const layer of layers) {
      expect(JSON.stringify(synthesis.templates[layer])).not.toContain('Fn::ImportValue');
      expect(Object.values(synthesis.templates[layer].Outputs ?? {}).filter((output) => output.Export !== undefined)).toEqual([]);
    }
  });

  it('depend on each other in the order of the layers', () => {
    const { artifacts } = JSON.parse(readFileSync(join(synthesis.directory, 'manifest.json'), 'utf8')) as { artifacts: Record<string, { dependencies?: string[] }> };
    const names = namesOf(synthesis.environment);
    for (const [index, layer] of layers.entries()) {
      const before = layers[index - 1];
      const dependencies = (artifacts[names.stack(layer)]?.dependencies ?? []).filter((name) => !name.endsWith('.assets'));
      expect(dependencies).toEqual(before === undefined ? [] : [names.stack(before)]);
    }
  });

  it('stay within what CloudFormation takes: 500 resources and a megabyte a template', () => {
    for (const layer of layers) {
      expect(Object.keys(synthesis.templates[layer].Resources).length).toBeLessThan(500);
      expect(JSON.stringify(synthesis.templates[layer]).length).toBeLessThan(1_000_000);
    }
  });
});

describe('alarms', () => {
  const alarms = resourcesOf(frankfurt, 'AWS::CloudWatch::Alarm').map(({ resource }) => resource.Properties);

  it('watch what can go wrong', () => {
    expect(alarms.map((alarm) => String(alarm['AlarmName']).replace('headrace-production-', '')).sort()).toEqual([
      'api-errors', 'compaction-behind', 'compaction-failed', 'erasure-failed', 'failed-batches', 'feature-aggregator-behind', 'feature-skew', 'fold-conflicts', 'fold-failed', 'hot-items', 'ingest-validator-behind', 'late-events', 'maintenance-failed', 'model-faults', 'pipeline-failed', 'rejected-jump', 'rejected-share', 'scoring-failed', 'state-differs', 'training-failed',
    ]);
  });

  it('each say where in the runbook their remedy stands, and it stands there', () => {
    const runbook = readFileSync(join(repository, 'docs', 'runbook.md'), 'utf8');
    const anchors = [...runbook.matchAll(/^## (.+)$/gmu)].map(([, title]) => title?.toLowerCase().replaceAll(' ', '-'));
    for (const alarm of alarms) {
      const anchor = /Runbook: docs\/runbook\.md#([a-z-]+)$/u.exec(String(alarm['AlarmDescription']))?.[1];
      expect(anchors).toContain(anchor);
      expect(alarm['AlarmActions']).toEqual(['arn:aws:sns:eu-central-1:111122223333:headrace-production-alarms']);
    }
  });

  it('stay silent while nothing happens', () => {
    for (const alarm of alarms) expect(alarm['TreatMissingData']).toBe('notBreaching');
  });
});

describe('the alarm on a jump of what is rejected', () => {
  const jump = resourcesOf(frankfurt, 'AWS::CloudWatch::Alarm').map(({ resource }) => resource.Properties).find(({ AlarmName }) => String(AlarmName).endsWith('-rejected-jump'));
  const queries = jump?.['Metrics'] as readonly { readonly Id: string; readonly Expression?: string; readonly ReturnData?: boolean; readonly MetricStat?: { readonly Period: number; readonly Metric: { readonly MetricName: string } } }[];

  it('compares the last quarter of an hour with the day before, the longest that CloudWatch looks back', () => {
    const periods = new Set(queries.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Period] : [])));
    expect([...periods]).toEqual([900]);
    expect(Number(jump?.['EvaluationPeriods']) * 900).toBe(86_400);
    expect(jump).not.toHaveProperty('DatapointsToAlarm');
  });

  it('reads two metrics, which is what it costs, and names only what it defines', () => {
    expect(queries.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric.MetricName] : [])).sort()).toEqual(['Accepted', 'Rejected']);
    const ids = new Set(queries.map(({ Id }) => Id));
    const named = queries.flatMap(({ Expression = '' }) => Expression.match(/\b[a-z][a-z0-9_]*\b/gu) ?? []);
    expect(named.filter((name) => !ids.has(name))).toEqual([]);
    expect(queries.filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1);
  });
});

describe('names', () => {
  it('that a Lambda is told are those of something that is deployed', () => {
    const physical = new Set(layers.flatMap((layer) => Object.values(frankfurt.templates[layer].Resources).flatMap(({ Properties }) => [Properties['BucketName'], Properties['TableName'], Properties['Name']])));
    const variables = resourcesOf(frankfurt, 'AWS::Lambda::Function').flatMap(({ resource }) =>
      Object.entries((resource.Properties['Environment'] as { Variables: Record<string, string> }).Variables).filter(([name]) => /_(BUCKET|TABLE)$|^STREAM_NAME$/u.test(name)));
    expect(variables.length).toBeGreaterThan(8);
    for (const [, value] of variables) expect(physical).toContain(value);
  });
});

describe('data', () => {
  const stateful = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::Kinesis::Stream', 'AWS::KMS::Key'];

  it('outlives its stack', () => {
    for (const type of stateful) {
      for (const { resource } of resourcesOf(frankfurt, type)) expect([type, resource.DeletionPolicy, resource.UpdateReplacePolicy]).toEqual([type, 'RetainExceptOnCreate', 'Retain']);
    }
    for (const { resource } of resourcesOf(frankfurt, 'AWS::DynamoDB::Table')) {
      expect(resource.Properties).toMatchObject({ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } });
    }
  });

  it('goes with its stack in an ephemeral environment', () => {
    const local = synthesize(localEnvironment({ architecture: production.architecture, platform: production.platform }));
    for (const type of stateful) for (const { resource } of resourcesOf(local, type)) expect([type, resource.DeletionPolicy]).toEqual([type, 'Delete']);
  });

  it('has names, so that a stack that is deployed again finds it', () => {
    for (const [type, property] of [['AWS::S3::Bucket', 'BucketName'], ['AWS::DynamoDB::Table', 'TableName'], ['AWS::Kinesis::Stream', 'Name']] as const) {
      for (const { resource } of resourcesOf(frankfurt, type)) expect(resource.Properties[property]).toMatch(/^headrace-production-/u);
    }
  });
});

describe('buckets', () => {
  const buckets = resourcesOf(frankfurt, 'AWS::S3::Bucket').map(({ resource }) => resource.Properties);

  it('are the five zones and what stands beside them', () => {
    expect(new Set(buckets.map((bucket) => String(bucket['BucketName']).split('-')[2]))).toEqual(new Set(['curated', 'failures', 'features', 'landing', 'logs', 'models', 'quarantine', 'raw']));
  });

  it('are versioned, closed to the public, and encrypted: with the key, but for the one that S3 delivers logs to', () => {
    for (const bucket of buckets) {
      const logs = String(bucket['BucketName']).includes('-logs-');
      expect(bucket).toMatchObject({
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        BucketEncryption: { ServerSideEncryptionConfiguration: [logs ? { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } : { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] },
      });
    }
  });

  it('never delete what raw and quarantine promise to keep', () => {
    for (const bucket of buckets.filter(({ BucketName }) => /-(raw|quarantine|failures)-/u.test(String(BucketName)))) {
      const { Rules } = bucket['LifecycleConfiguration'] as { Rules: readonly Record<string, unknown>[] };
      expect(Rules.filter((rule) => 'ExpirationInDays' in rule || 'ExpirationDate' in rule)).toEqual([]);
    }
  });

  it('delete what the environment says is kept no longer, and its lineage alone from curated', () => {
    const short = synthesize({ ...production, retentionDays: { ...production.retentionDays, raw: 730, quarantine: 365, curated: 500, replaced: 7 } });
    const expirations = resourcesOf(short, 'AWS::S3::Bucket').flatMap(({ resource: { Properties } }) => (Properties['LifecycleConfiguration'] as { Rules: readonly { Id: string; Prefix?: string; ExpirationInDays?: number; NoncurrentVersionExpiration?: { NoncurrentDays: number } }[] }).Rules
      .flatMap(({ Id, Prefix, ExpirationInDays, NoncurrentVersionExpiration }) => [...(ExpirationInDays === undefined ? [] : [[Id, Prefix, ExpirationInDays]]), ...(Id === 'old-versions' ? [[Id, NoncurrentVersionExpiration?.NoncurrentDays]] : [])]));
    expect(expirations).toEqual(expect.arrayContaining([['raw', undefined, 730], ['quarantine', undefined, 365], ['lineage', 'lineage/', 400], ['work', 'work/', 30], ['landed', undefined, 90], ['old-versions', 7], ['old-versions', 90]]));
    expect(expirations.filter(([id]) => id === 'failures')).toEqual([]);
    expect(resourcesOf(short, 'AWS::Lambda::Function').flatMap(({ resource: { Properties } }) => (Properties['Environment'] as { Variables: Record<string, string> } | undefined)?.Variables['CURATED_RETENTION_DAYS'] ?? [])).toEqual(['500']);
  });
});

describe('the models bucket', () => {
  const statements = resourcesOf(frankfurt, 'AWS::S3::BucketPolicy').flatMap(({ resource: { Properties } }) => (Properties['PolicyDocument'] as { Statement: readonly { Sid?: string; Effect: string; Action: string; Principal: unknown; Resource: unknown; Condition?: unknown }[] }).Statement);

  it('refuses from everybody what would write a version anew, or change the roles whatever they are', () => {
    const refused = Object.fromEntries(statements.flatMap((statement) => (statement.Sid === undefined ? [] : [[statement.Sid, statement]])));
    expect(Object.keys(refused).sort()).toEqual(['RolesChangeFromWhatWasRead', 'VersionsAreWrittenOnce']);
    for (const statement of Object.values(refused)) expect(statement).toMatchObject({ Effect: 'Deny', Action: 's3:PutObject', Principal: { AWS: '*' }, Condition: { Bool: { 's3:ObjectCreationOperation': 'true' } } });
    expect(refused['VersionsAreWrittenOnce']?.Condition).toMatchObject({ Null: { 's3:if-none-match': 'true' } });
    expect(refused['RolesChangeFromWhatWasRead']?.Condition).toMatchObject({ Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' } });
    const places = JSON.stringify([refused['VersionsAreWrittenOnce']?.Resource, refused['RolesChangeFromWhatWasRead']?.Resource]);
    expect([...places.matchAll(/"\/(models[^"]+)"/gu)].map(([, place]) => place)).toEqual(['models/*/endpoint/*', 'models/*/metadata.json', 'models/*/model.onnx', 'models/*/champion.json']);
  });
});

describe('event source mappings', () => {
  const mappings = Object.fromEntries(resourcesOf(frankfurt, 'AWS::Lambda::EventSourceMapping').map(({ layer, resource }) => [layer, resource.Properties]));

  it('take the stream from its start, one batch a shard, and partial answers', () => {
    for (const mapping of [mappings['ingestion'], mappings['feature-store']]) {
      expect(mapping).toMatchObject({ StartingPosition: 'TRIM_HORIZON', ParallelizationFactor: 1, BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'] });
      expect(mapping).not.toHaveProperty('FilterCriteria');
    }
  });

  it('let the validator give up a batch only into the failures bucket', () => {
    expect(mappings['ingestion']).toMatchObject({ Enabled: true, MaximumRetryAttempts: 10, MaximumBatchingWindowInSeconds: 60, DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::headrace-production-failures-111122223333-eu-central-1' } } });
  });

  it('leave the aggregator off until its state is filled, and let it never give up', () => {
    expect(mappings['feature-store']).toMatchObject({ Enabled: false, MaximumRetryAttempts: -1, MaximumBatchingWindowInSeconds: 1, BatchSize: 500 });
  });

  it('gather new objects of raw for the compactor, few of which write at once, and give back what one could not merge', () => {
    expect(mappings['processing']).toMatchObject({ BatchSize: 10_000, MaximumBatchingWindowInSeconds: 300, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 2 } });
  });
});

describe('the queue of new raw', () => {
  const [queue, ...others] = resourcesOf(frankfurt, 'AWS::SQS::Queue').filter(({ resource }) => 'RedrivePolicy' in resource.Properties).map(({ resource }) => resource.Properties);

  it('keeps what failed again and again for as long as a queue can', () => {
    expect(others).toEqual([]);
    expect(queue).toMatchObject({ QueueName: 'headrace-production-new-raw', RedrivePolicy: { maxReceiveCount: 8 }, MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
    expect(resourcesOf(frankfurt, 'AWS::SQS::Queue').map(({ resource }) => resource.Properties['MessageRetentionPeriod'])).toEqual([1_209_600, 1_209_600]);
  });

  it('hides a message for longer than the function may run', () => {
    const timeout = resourcesOf(frankfurt, 'AWS::Lambda::Function').map(({ resource }) => resource.Properties).find(({ FunctionName }) => FunctionName === 'headrace-production-lake-compactor')?.['Timeout'];
    expect(Number(queue?.['VisibilityTimeout'])).toBeGreaterThan(Number(timeout));
  });

  it('is told of new objects of raw alone', () => {
    const rules = resourcesOf(frankfurt, 'AWS::Events::Rule').map(({ resource }) => resource.Properties).filter(({ Name }) => Name === 'headrace-production-new-raw');
    expect(rules).toMatchObject([{ EventPattern: { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: ['headrace-production-raw-111122223333-eu-central-1'] } } } }]);
  });
});

describe('what runs each night', () => {
  const schedules = resourcesOf(frankfurt, 'AWS::Scheduler::Schedule').map(({ resource }) => resource.Properties);

  it('is the maintenance of the lake, then the comparison, then what watches models, with a retry', () => {
    expect(schedules).toHaveLength(3);
    expect(schedules.map(({ Name, ScheduleExpression }) => [Name, ScheduleExpression])).toEqual(expect.arrayContaining([['headrace-production-lake-maintainer', 'cron(0 2 * * ? *)'], ['headrace-production-feature-comparison', 'cron(0 3 * * ? *)'], ['headrace-production-model-monitor', 'cron(0 4 * * ? *)']]));
    for (const schedule of schedules) {
      expect(schedule).toMatchObject({ ScheduleExpressionTimezone: 'UTC', FlexibleTimeWindow: { Mode: 'FLEXIBLE' }, Target: { RetryPolicy: { MaximumRetryAttempts: 1 } } });
      expect(JSON.stringify(schedule['Target'])).toContain(`function:${String(schedule['Name'])}`);
    }
  });
});

describe('the stream', () => {
  it('is on demand by one word', () => {
    const [provisioned] = resourcesOf(frankfurt, 'AWS::Kinesis::Stream');
    const [onDemand] = resourcesOf(synthesize({ ...production, stream: { mode: 'on-demand' } }), 'AWS::Kinesis::Stream');
    expect(provisioned?.resource.Properties).toMatchObject({ ShardCount: 1, StreamModeDetails: { StreamMode: 'PROVISIONED' } });
    expect(onDemand?.resource.Properties).toMatchObject({ StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
    expect(onDemand?.resource.Properties).not.toHaveProperty('ShardCount');
  });
});

describe('the API', () => {
  it('asks for a signature on every route, throttles, and logs each request', () => {
    const routes = resourcesOf(frankfurt, 'AWS::ApiGatewayV2::Route').map(({ resource }) => resource.Properties);
    expect(routes.map((route) => [route['RouteKey'], route['AuthorizationType']])).toEqual(['POST /v1/models/{model}/predictions', 'POST /v1/features/{view}/query', 'GET /v1/models', 'GET /v1/models/{model}', 'GET /v1/openapi.json'].map((route) => [route, 'AWS_IAM']));
    const [stage] = resourcesOf(frankfurt, 'AWS::ApiGatewayV2::Stage');
    expect(stage?.resource.Properties).toMatchObject({ DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }, AccessLogSettings: { DestinationArn: expect.anything() } });
  });
});

describe('the catalog', () => {
  it('has a table over the raw zone of each event type, typed by its fields and partitioned without a crawler', () => {
    const tables = Object.fromEntries(resourcesOf(frankfurt, 'AWS::Glue::Table').map(({ resource }) => {
      const input = resource.Properties['TableInput'] as { Name: string; Parameters: Record<string, string>; PartitionKeys: { Name: string }[]; StorageDescriptor: { Columns: { Name: string; Type: string }[] } };
      return [input.Name, input];
    }));
    expect(Object.keys(tables).sort()).toEqual(['lineage', 'quarantine', 'raw_airports_v1', 'raw_flight_landed_v1', 'raw_prediction_late_arrival_v1']);
    const landed = tables['raw_flight_landed_v1'];
    expect(landed?.PartitionKeys.map(({ Name }) => Name)).toEqual(['dt', 'hr']);
    expect(landed?.Parameters['storage.location.template']).toBe('s3://headrace-production-raw-111122223333-eu-central-1/raw/flight.landed/v1/dt=${dt}/hr=${hr}');
    expect(landed?.StorageDescriptor.Columns[0]).toMatchObject({ Name: 'event', Type: expect.stringContaining('data:struct<origin:string,destination:string,distance:bigint,scheduledDeparture:string') });
  });

  it('has a table over quarantine, partitioned by every reason there is, by day and by hour', () => {
    const quarantine = resourcesOf(frankfurt, 'AWS::Glue::Table').map(({ resource }) => resource.Properties['TableInput'] as { Name: string; Parameters: Record<string, string>; PartitionKeys: { Name: string }[]; StorageDescriptor: { Columns: { Name: string; Type: string }[] } }).find(({ Name }) => Name === 'quarantine');
    expect(quarantine?.PartitionKeys.map(({ Name }) => Name)).toEqual(['reason', 'dt', 'hr']);
    expect(quarantine?.Parameters).toMatchObject({
      'projection.enabled': 'true', 'projection.reason.type': 'enum', 'projection.reason.values': rejectionCodesOf(['kinesis']).join(','),
      'storage.location.template': 's3://headrace-production-quarantine-111122223333-eu-central-1/quarantine/${reason}/dt=${dt}/hr=${hr}',
    });
    // Those of a QuarantineLine, whose reason is the partition.
    expect(quarantine?.StorageDescriptor.Columns.map(({ Name }) => Name)).toEqual(['path', 'found', 'allowed', 'remedy', 'event_type', 'original', 'lineage', 'key', 'headers']);
    expect(quarantine?.StorageDescriptor.Columns.at(-3)?.Type).toBe('struct<position:string,source:string,shard:string,sequence:string,sub_sequence:bigint,partition_key:string,arrival:string,manifest_hash:string,batch_id:string>');
    expect(quarantine?.StorageDescriptor.Columns.at(-1)?.Type).toBe('array<struct<name:string,value:string>>');
  });

  it('marks what is personal', () => {
    const event = frankfurt.manifest.events['flight.landed@v1'];
    if (event === undefined) throw new Error('the flights example has no flight.landed@v1');
    const manifest = { ...frankfurt.manifest, events: { 'flight.landed@v1': { ...event, fields: { ...event.fields, passenger: { scalar: 'string', optional: false, personal: true } } } } } as const;
    const tables = resourcesOf(synthesize(production, manifest), 'AWS::Glue::Table').map(({ resource }) => resource.Properties['TableInput'] as { Name: string; Parameters: Record<string, string> });
    expect(tables.find(({ Name }) => Name === 'raw_flight_landed_v1')?.Parameters['headrace.personal']).toBe('event.data.passenger');
  });
});

describe('another architecture', () => {
  it('changes the architecture of Lambdas and their code, and nothing else', () => {
    const withoutArchitecture = (synthesis: Synthesis): unknown => JSON.parse(JSON.stringify(synthesis.templates, (key: string, value: unknown) => (key === 'Architectures' || key === 'S3Key' ? undefined : value)));
    expect(withoutArchitecture(synthesize({ ...production, architecture: 'x86_64' }))).toEqual(withoutArchitecture(frankfurt));
  });
});
