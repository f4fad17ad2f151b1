import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts one finding of cdk-nag on a construct and what is below it, with the reason why.
 *
 * @param finding the finding's id, such as `AwsSolutions-IAM5[Resource::*]`; a rule without a bracket covers the whole rule
 */
export const justify = (construct: IConstruct, finding: string, reason: string): void => {
  Validations.of(construct).acknowledge({ id: finding, reason });
};
