import { DeleteParametersCommand, GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { activationsOf } from '../../core/contract/activation';
import type { Publication } from '../../core/contract/activation';
import type { Activations } from '../../core/contract/contracts';

const client = new SSMClient({ maxAttempts: 10 });

/** Names, without the path, and values of all parameters below it. */
export const parametersBelow = async (path: string): Promise<readonly (readonly [name: string, value: string])[]> => {
  const published: [string, string][] = [];
  let next: string | undefined;
  do {
    const page = await client.send(new GetParametersByPathCommand({ Path: path, Recursive: true, ...(next === undefined ? {} : { NextToken: next }) }));
    for (const { Name, Value } of page.Parameters ?? []) if (Name !== undefined && Value !== undefined) published.push([Name.slice(path.length + 1), Value]);
    next = page.NextToken;
  } while (next);
  return published;
};

/** What is published below a path. */
export const readActivations = async (path: string): Promise<Activations> => activationsOf(await parametersBelow(path));

export const publish = async (path: string, { put, remove }: Publication): Promise<void> => {
  for (const [type, versions] of put)
    await client.send(new PutParameterCommand({ Name: `${path}/${type}`, Value: JSON.stringify(versions), Type: 'String', Overwrite: true, Description: `Since when each contract of ${type} is judged by: epoch milliseconds of arrival` }));
  if (remove.length > 0) await client.send(new DeleteParametersCommand({ Names: remove.map((type) => `${path}/${type}`) }));
};
