import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/**
 * Answers CloudFormation about a custom resource, at its URL. Whatever went wrong is answered too: CloudFormation would
 * wait an hour for silence.
 *
 * @param id physical id; always the same for a resource, as a new one would make CloudFormation delete the old
 * @param fault why it failed, in one line; `undefined` when it did not
 * @param attributes what the resource's attributes are, for templates that ask for them
 */
export const answerCloudFormation = async ({ StackId, RequestId, LogicalResourceId, ResponseURL }: CloudFormationCustomResourceEvent, id: string, fault: string | undefined, attributes?: Readonly<Record<string, string>>): Promise<void> => {
  const body = JSON.stringify({ Status: fault === undefined ? 'SUCCESS' : 'FAILED', Reason: fault?.slice(0, longestReason) ?? 'done', PhysicalResourceId: id, StackId, RequestId, LogicalResourceId, ...(attributes ? { Data: attributes } : {}) });
  const response = await fetch(ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status} ${response.statusText}`);
};

/** CloudFormation takes an answer of 4096 bytes in all. */
const longestReason = 2500;

/** An error in words for an operator. */
export const faultText = (what: string, error: unknown): string => `${what}: ${error instanceof Error ? error.message : String(error)}`;
