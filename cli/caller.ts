import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Context } from './context';

/** ARN of whoever runs the command: what is recorded of a change that is made by hand. */
export const callerArn = async ({ environment }: Pick<Context, 'environment'>): Promise<string> => {
  const { Arn } = await new STSClient({ region: environment.region }).send(new GetCallerIdentityCommand({}));
  if (Arn === undefined) throw new Error('STS does not say who is calling; changes of a model name who made them.');
  return Arn;
};
