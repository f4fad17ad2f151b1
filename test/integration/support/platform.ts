import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { compileFiles } from '../../../cli/commands/compile';
import type { Context } from '../../../cli/context';
import { contextFor } from '../../../cli/context';
import { deployEnvironment } from '../../../cli/deploy';
import type { Project } from '../../../cli/project';
import type { Environment } from '../../../core/environment';
import { setCluster, setIngestion, setProcessing } from '../../../examples/flights/ingestion';
import { flightsProject } from '../../../examples/flights/project';
import type { LocalCloud } from '../../../local/cloud';
import { startLocalCloud, stopLocalCloud } from '../../../local/cloud';
import { quickenDeploys } from './quick-deploys';

const root = join(__dirname, '..', '..', '..');

/** The example, deployed into a local cloud of the tests' own. */
export interface Platform {
  readonly context: Context;
  readonly cloud: () => LocalCloud;
  /** Ends every process as a crash would, and starts again from the last snapshot. */
  readonly crash: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Where a test has its local cloud: a directory below .headrace, and a port. Two tests may run at once, so each has its own. */
export interface PlatformPlace {
  readonly directory: string;
  readonly port: number;
  /** The Kafka broker's: events then come in by a topic, unless `ingestion` says otherwise. Absent: by a stream of Kinesis. */
  readonly kafkaPort?: number;
  readonly ingestion?: Environment['ingestion'];
  /** Who validates what comes by a topic. @default lambda */
  readonly processing?: Environment['processing'];
  /** Name of a cluster that is there before the example is deployed, and holds its topic. @default a cluster of the example's own */
  readonly existingCluster?: string;
  /** What of the example's project is another. */
  readonly project?: Partial<Pick<Project, 'definitions' | 'app'>>;
}

/** Makes a cluster as its owner would, by a stack that is none of the platform's; gives its ARN. */
const makeCluster = async (name: string): Promise<string> => {
  const formation = new CloudFormationClient({ region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const TemplateBody = JSON.stringify({
    Resources: { Cluster: { Type: 'AWS::MSK::ServerlessCluster', Properties: { ClusterName: name, ClientAuthentication: { Sasl: { Iam: { Enabled: true } } }, VpcConfigs: [{ SubnetIds: ['subnet-0a', 'subnet-0b'] }] } } },
    Outputs: { Cluster: { Value: { Ref: 'Cluster' } } },
  });
  await formation.send(new CreateStackCommand({ StackName: name, TemplateBody }));
  await waitUntilStackCreateComplete({ client: formation, maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.5 }, { StackName: name });
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: name }));
  return Stacks?.[0]?.Outputs?.[0]?.OutputValue ?? '';
};

/** Starts an empty local cloud and deploys the example into it. */
export const startPlatform = async ({ directory, port, kafkaPort, processing = 'lambda', existingCluster, project: change = {}, ingestion = kafkaPort === undefined ? 'kinesis' : 'msk' }: PlatformPlace): Promise<Platform> => {
  const home = join(root, '.headrace', directory);
  await stopLocalCloud({ home });
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  process.env['HEADRACE_HOME'] = home;
  process.env['HEADRACE_LOCAL_PORT'] = String(port);
  setIngestion({ ingestion });
  setProcessing(processing);
  const start = (): Promise<LocalCloud> => startLocalCloud({ home, port, ...(kafkaPort === undefined ? {} : { kafka: true, kafkaPort }) });
  const project = { ...flightsProject(), ...change };
  compileFiles(project, false);
  quickenDeploys(project);
  let cloud = await start();
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  setCluster(existingCluster === undefined ? undefined : await makeCluster(existingCluster));
  const found = contextFor('local', project);
  // A process loads environments.ts once, and may start two platforms.
  const context = { ...found, environment: { ...found.environment, ingestion, processing } };
  try {
    await deployEnvironment(context);
  } catch (error) {
    await cloud.stop();
    throw error;
  }
  return {
    context, cloud: () => cloud,
    crash: async () => {
      await cloud.kill();
      cloud = await start();
    },
    stop: async () => { await cloud.stop(); },
  };
};

/** Gives a deployed function one more environment variable. */
export const setVariable = async ({ environment, names }: Context, name: string, variable: string, value: string): Promise<void> => {
  const client = new LambdaClient({ region: environment.region });
  const FunctionName = names.function(name);
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { ...Environment?.Variables, [variable]: value } } }));
};
