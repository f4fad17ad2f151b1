import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import { CfnJob } from 'aws-cdk-lib/aws-glue';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { activationsPath, tombstonesPath } from '../../core/environment/deployed';
import { sha256 } from '../../core/manifest/hash';
import type { Deployment } from './deployment';
import type { EventTopic } from './event-topic';
import { hasFlink } from './flink-application';
import { streamRole } from './ingest-stream-role';
import { judgeBundle } from './judge-bundle';
import { justify } from './justification';
import { clusterArnOf } from './kafka-cluster';
import { keptRunning } from './kept-running';
import { kafkaIamJar } from './maven-file';
import { jobScript, sparkModules } from './python-bundle';
import { streamConnection } from './stream-network';
import { validatorWindowSeconds } from './validator-window';

/** Below which the stream keeps how far it has come, in the curated bucket: beside the tables, and below none. */
const checkpointRoot = 'streaming/';

/** What tells a cluster from any other: the first digits of the id that its ARN ends with. */
const clusterIdOf = (arn: string): string => Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', arn))));

/**
 * The streaming job that validates events where processing is `spark`: a Glue job that always runs. A schedule starts it whenever it
 * does not, and a deploy that changes what it is made of has it end between two epochs: it looks at a parameter for the version that is wanted.
 */
export class IngestStream extends Construct {
  readonly name: string;

  constructor(scope: Construct, deployment: Deployment, { topics, network, brokers }: EventTopic) {
    super(scope, 'IngestStream');
    const { environment, names } = deployment;
    this.name = names.function('ingest-stream');
    const onAws = environment.pythonPackages === 'layer';
    const [script, modules, judge] = [new Asset(this, 'Script', { path: jobScript('stream_job') }), new Asset(this, 'Modules', { path: sparkModules() }), new Asset(this, 'Judge', { path: judgeBundle(deployment.generatedDirectory, environment) })];
    // The local broker asks for no name.
    const jars = onAws ? [new Asset(this, 'KafkaIam', { path: kafkaIamJar() })] : [];
    const assets = [script, modules, judge, ...jars];
    // The end of a move is no reason to begin anew: what the stream brought is the function's.
    const { ingestionBefore: _before, ...settings } = environment;
    const version = sha256([...assets.map(({ assetHash }) => assetHash), JSON.stringify(settings)].join(' ')).slice(0, 16);
    const versionParameter = `${names.parameterPath}/ingest-stream/version`;
    const prefix = `/aws-glue/${names.prefix}/ingest-stream`;
    const groups = ['error', 'output'].map((kind) => new LogGroup(this, `Logs-${kind}`, { logGroupName: `${prefix}/${kind}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }));
    const connection = streamConnection(this, deployment, network);
    const role = streamRole(this, deployment, { name: this.name, checkpointRoot, versionParameter, assets, logGroups: groups });
    const cluster = clusterIdOf(clusterArnOf(this, deployment));
    const job = new CfnJob(this, 'Job', {
      name: this.name,
      description: 'Judges events by their contracts and keeps each in the raw zone or in quarantine',
      role: role.roleArn,
      // Spark 3.5.6, Python 3.11.
      glueVersion: '5.1',
      command: { name: 'gluestreaming', pythonVersion: '3', scriptLocation: script.s3ObjectUrl },
      workerType: environment.streaming.workerType,
      numberOfWorkers: environment.streaming.workers,
      maxRetries: 0,
      // The checkpoint is one run's at a time.
      executionProperty: { maxConcurrentRuns: 1 },
      connections: { connections: [this.name] },
      defaultArguments: {
        '--extra-py-files': modules.s3ObjectUrl, '--custom-logGroup-prefix': prefix, '--enable-metrics': 'false',
        ...(jars.length === 0 ? {} : { '--extra-jars': jars.map((jar) => jar.s3ObjectUrl).join(',') }),
        '--judge': judge.s3ObjectUrl, '--version': version, '--version-parameter': versionParameter,
        '--environment': environment.name, '--region': environment.region, '--topic': names.stream, '--brokers': brokers, '--cluster': cluster, '--consumer-group': names.function('ingest-validator'),
        '--checkpoint': `s3://${names.bucket('curated')}/${checkpointRoot}${names.stream}/${cluster}/`,
        '--raw-bucket': names.bucket('raw'), '--quarantine-bucket': names.bucket('quarantine'),
        '--activations-path': activationsPath(names), '--activation-seconds': String(environment.contractActivationSeconds), '--tombstones-path': tombstonesPath(names),
        '--trigger-seconds': String(validatorWindowSeconds(deployment)), '--records-at-once': String(environment.streaming.recordsAtOnce),
        ...(hasFlink(deployment) ? { '--accepted-topic': names.acceptedTopic } : {}),
        ...this.registryArguments(deployment),
      },
    });
    job.node.addDependency(role, connection, ...topics, ...groups);
    justify(job, 'AwsSolutions-GL1', 'CloudWatch encrypts these log groups as all of the platform\'s; no event is logged.');
    justify(job, 'AwsSolutions-GL3', 'The job has no bookmarks: its checkpoint says how far it has come.');
    // After the job: a run that ends for it is followed by one of the new definition.
    const wanted = new StringParameter(this, 'Version', { parameterName: versionParameter, stringValue: version, description: 'The version of the streaming job that is to run' });
    wanted.node.addDependency(job);
    keptRunning(this, deployment, this.name, wanted);
  }

  /** Where the job finds the schemas that frames name. */
  private registryArguments({ environment: { registry }, names }: Deployment): Readonly<Record<string, string>> {
    return {
      '--registry-name': names.registry,
      ...(registry.kind === 'confluent' ? { '--registry-url': registry.url } : {}),
      ...(registry.kind === 'confluent' && registry.secret !== undefined ? { '--registry-secret': registry.secret } : {}),
      ...(registry.kind === 'confluent' && registry.subjectPrefix !== undefined ? { '--subject-prefix': registry.subjectPrefix } : {}),
    };
  }
}
