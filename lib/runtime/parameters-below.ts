import { callJson } from './aws-json';
import type { AwsService } from './aws-request';

const getParameters = { target: 'AmazonSSM.GetParametersByPath', jsonVersion: '1.1' } as const;
const limits = { timeoutMilliseconds: 3000, attempts: 8, baseMilliseconds: 50, longestMilliseconds: 2000 };

interface Page { readonly Parameters?: readonly { readonly Name?: string; readonly Value?: string }[]; readonly NextToken?: string }

/**
 * The parameters of SSM below a path: the last part of each name, and its value.
 *
 * @throws ServiceFault when SSM refuses; Error when no answer came
 */
export const parametersBelow = async (service: AwsService, path: string): Promise<readonly (readonly [name: string, value: string])[]> => {
  const found: [string, string][] = [];
  let next: string | undefined;
  do {
    const page = await callJson(service, getParameters, { Path: path, ...(next === undefined ? {} : { NextToken: next }) }, limits) as Page;
    for (const { Name, Value } of page.Parameters ?? []) if (Name !== undefined && Value !== undefined) found.push([Name.slice(path.length + 1), Value]);
    next = page.NextToken;
  } while (next);
  return found;
};
