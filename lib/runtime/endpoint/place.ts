import type { S3Client } from '@aws-sdk/client-s3';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { GetParameterCommand, ParameterNotFound } from '@aws-sdk/client-ssm';
import { parameterNames } from '../../../core/environment/deployed';
import type { Names } from '../../../core/environment/names';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';

/** Where the endpoints of an environment are kept. */
export interface EndpointPlace {
  readonly names: Pick<Names, 'prefix' | 'parameterPath' | 'bucket'>;
  readonly sageMaker: SageMakerClient;
  readonly s3: S3Client;
  readonly ssm: SSMClient;
}

/** What the deploy tells of endpoints: what they are made with. */
export interface EndpointProgram {
  /** AWS's image that runs the program. */
  readonly image: string;
  /** ARN of the role that an endpoint has. */
  readonly role: string;
  /** The archive of the program that serves: its name says its content. */
  readonly bucket: string;
  readonly key: string;
}

/** Why an endpoint is not to be had, for people. */
export class EndpointFault extends Error {}

/** @throws EndpointFault when the deploy made nothing for endpoints */
export const endpointProgram = async ({ names, ssm }: EndpointPlace, model: ModelDefinition): Promise<EndpointProgram> => {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameterNames(names).modelEndpoints }));
    return JSON.parse(Parameter?.Value ?? '') as EndpointProgram;
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    throw new EndpointFault(`${versionedName(model)} is to be served by an endpoint, and the environment has nothing to make one with: its definition is not deployed`, { cause: error });
  }
};
