import { randomBytes } from 'node:crypto';
import { DeleteParameterCommand, ParameterAlreadyExists, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, faultText } from '../../lib/runtime/custom-resource';
import { readVariables } from '../../lib/runtime/variables';

const { HEADRACE_ENVIRONMENT: environment, PSEUDONYM_KEY } = readVariables('HEADRACE_ENVIRONMENT', 'PSEUDONYM_KEY');
const client = new SSMClient({});

/** A key is made once and never again: under another one nobody would be found in what was logged before. */
const make = async (): Promise<void> => {
  try {
    await client.send(new PutParameterCommand({ Name: PSEUDONYM_KEY, Type: 'SecureString', Overwrite: false, Value: randomBytes(32).toString('base64'), Description: 'Key under which the log of predictions hashes who somebody is; never change it' }));
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) throw error;
  }
};

const remove = async (): Promise<void> => {
  try {
    await client.send(new DeleteParameterCommand({ Name: PSEUDONYM_KEY }));
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
  }
};

/** The custom resource that makes the key of pseudonyms. It goes with an ephemeral environment alone: elsewhere the log outlives its stack. */
export const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
  const isEphemeral = String(event.ResourceProperties['ephemeral']) === 'true';
  const work = event.RequestType !== 'Delete' ? make() : isEphemeral ? remove() : Promise.resolve();
  const fault = await work.then(() => undefined, (error: unknown) => faultText('the key of pseudonyms could not be made', error));
  await answerCloudFormation(event, `headrace-pseudonym-key-${environment}`, fault);
};
