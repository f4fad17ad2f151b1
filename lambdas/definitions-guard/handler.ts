import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { OnlineHashes } from '../../core/manifest/difference';
import { answerCloudFormation, faultText } from '../../lib/runtime/custom-resource';
import { changedOnline, notRecorded, refusal } from './decide';

const path = process.env['DEFINITIONS_PATH'] ?? '';
const environment = process.env['HEADRACE_ENVIRONMENT'] ?? '';
const client = new SSMClient({});

/** Hashes as a property of the custom resource holds them. */
const hashesIn = (properties: Readonly<Record<string, unknown>> | undefined): OnlineHashes => {
  const definitions: unknown = properties?.['definitions'];
  return typeof definitions === 'object' && definitions !== null ? Object.fromEntries(Object.entries(definitions).map(([name, hash]) => [name, String(hash)])) : {};
};

/** What is recorded as online, in parameters of this same stack that CloudFormation changes only after the guard has agreed. */
const recordedHashes = async (): Promise<OnlineHashes> => {
  const hashes: Record<string, string> = {};
  let next: string | undefined;
  do {
    const page = await client.send(new GetParametersByPathCommand({ Path: path, Recursive: true, ...(next === undefined ? {} : { NextToken: next }) }));
    for (const { Name, Value } of page.Parameters ?? []) if (Name !== undefined && Value !== undefined) hashes[Name.slice(path.length + 1).replace(/\/v(\d+)$/u, '@v$1')] = Value;
    next = page.NextToken;
  } while (next !== undefined);
  return hashes;
};

const judge = async (event: CloudFormationCustomResourceEvent): Promise<string | undefined> => {
  const requested = hashesIn(event.ResourceProperties);
  const changed = changedOnline({
    type: event.RequestType,
    requested,
    previous: event.RequestType === 'Update' ? hashesIn(event.OldResourceProperties) : {},
    // CloudFormation gives every value as text.
    ephemeral: String(event.ResourceProperties['ephemeral']) === 'true',
  });
  const refused = changed.length === 0 ? [] : notRecorded(changed, requested, await recordedHashes());
  return refused.length === 0 ? undefined : refusal(refused, environment);
};

/** The custom resource of the contracts stack: refuses a deploy that would change the meaning of what is online. */
export const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
  const fault = await judge(event).catch((error: unknown) => faultText('the definitions could not be compared', error));
  await answerCloudFormation(event, `headrace-definitions-${environment}`, fault);
};
