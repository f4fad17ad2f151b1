import { GetBootstrapBrokersCommand, KafkaClient } from '@aws-sdk/client-kafka';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, faultText } from '../../lib/runtime/custom-resource';
import { brokersText } from '../../lib/runtime/kafka/connection';
import { readVariables } from '../../lib/runtime/variables';

const { HEADRACE_ENVIRONMENT: environment } = readVariables('HEADRACE_ENVIRONMENT');
const client = new KafkaClient({});

/** The addresses that a cluster gives for IAM; those without authentication where a cluster has no others, which none of ours on AWS is. */
const brokersOfCluster = async (clusterArn: string): Promise<string> => {
  const { BootstrapBrokerStringSaslIam: iam, BootstrapBrokerString: plain } = await client.send(new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }));
  const addresses = iam ?? plain;
  if (addresses === undefined) throw new Error(`The cluster ${clusterArn} has no brokers that take IAM; it must be made with IAM authentication.`);
  return brokersText({ protocol: iam === undefined ? 'PLAINTEXT' : 'SASL_SSL', addresses: addresses.split(',') });
};

/** The custom resource that tells a stack where the brokers of its cluster are: its attribute `Brokers`. CloudFormation does not say. */
export const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
  const id = `headrace-brokers-${environment}`;
  if (event.RequestType === 'Delete') { await answerCloudFormation(event, id, undefined); return; }
  try {
    const brokers = await brokersOfCluster(String(event.ResourceProperties['clusterArn']));
    await answerCloudFormation(event, id, undefined, { Brokers: brokers });
  } catch (error) {
    await answerCloudFormation(event, id, faultText(event.ResourceType, error));
  }
};
