import { DescribeClusterV2Command, GetBootstrapBrokersCommand, KafkaClient } from '@aws-sdk/client-kafka';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, faultText } from '../../lib/runtime/custom-resource';
import { brokersTextOf, requireUsable } from '../../lib/runtime/kafka/cluster';
import { readVariables } from '../../lib/runtime/variables';

const { HEADRACE_ENVIRONMENT: environment } = readVariables('HEADRACE_ENVIRONMENT');
const client = new KafkaClient({});

const requireExisting = async (ClusterArn: string): Promise<void> => {
  const { ClusterInfo = {} } = await client.send(new DescribeClusterV2Command({ ClusterArn })).catch((error: unknown) => {
    throw error instanceof Error && error.name === 'NotFoundException' ? new Error(`There is no cluster ${ClusterArn}; msk.cluster.arn of environments.ts must name one that is there: \`aws kafka list-clusters-v2\` says which are.`) : error;
  });
  requireUsable(ClusterInfo);
};

/** The custom resource that tells a stack where the brokers of its cluster are: its attribute `Brokers`. CloudFormation does not say. */
export const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
  const id = `headrace-brokers-${environment}`;
  if (event.RequestType === 'Delete') { await answerCloudFormation(event, id, undefined); return; }
  try {
    const ClusterArn = String(event.ResourceProperties['clusterArn']);
    if (event.ResourceProperties['cluster'] === 'existing') await requireExisting(ClusterArn);
    await answerCloudFormation(event, id, undefined, { Brokers: brokersTextOf(ClusterArn, await client.send(new GetBootstrapBrokersCommand({ ClusterArn }))) });
  } catch (error) {
    await answerCloudFormation(event, id, faultText(event.ResourceType, error));
  }
};
