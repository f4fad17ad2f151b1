import { activationsOf, trustedUntil } from '../../core/contract/activation';
import type { Activations } from '../../core/contract/contracts';
import type { EpochMillis } from '../../core/event/time';
import { callJson } from './aws-json';
import type { AwsService } from './aws-request';

export interface ActivationSettings {
  /** SSM path below which a parameter stands for each event type. */
  readonly path: string;
  readonly service: AwsService;
  /** How long before a contract becomes active it is published. */
  readonly marginMilliseconds: number;
  readonly now: () => EpochMillis;
}

const getParameters = { target: 'AmazonSSM.GetParametersByPath', jsonVersion: '1.1' } as const;
const limits = { timeoutMilliseconds: 3000, attempts: 8, baseMilliseconds: 50, longestMilliseconds: 2000 };

interface Page { readonly Parameters?: readonly { readonly Name?: string; readonly Value?: string }[]; readonly NextToken?: string }

const readPublished = async ({ path, service }: ActivationSettings): Promise<Activations> => {
  const published: [string, string][] = [];
  let next: string | undefined;
  do {
    const page = await callJson(service, getParameters, { Path: path, ...(next === undefined ? {} : { NextToken: next }) }, limits) as Page;
    for (const { Name, Value } of page.Parameters ?? []) if (Name !== undefined && Value !== undefined) published.push([Name.slice(path.length + 1), Value]);
    next = page.NextToken;
  } while (next);
  return activationsOf(published);
};

/**
 * The contracts that are active, for a consumer. They are read again only when a record arrived later than what was read
 * holds for: the answer for a record does not depend on when it is asked.
 *
 * @returns takes the newest arrival of a batch; throws when nothing has been published yet or the service does not answer: the batch is then tried again
 */
export const contractActivations = (settings: ActivationSettings): ((newestArrival: EpochMillis) => Promise<Activations>) => {
  let known: { readonly activations: Activations; readonly until: EpochMillis } | undefined;
  return async (newestArrival) => {
    if (known !== undefined && newestArrival < known.until) return known.activations;
    const readAt = settings.now();
    const activations = await readPublished(settings);
    if (activations.size === 0) throw new Error(`no contract is active yet: nothing stands below ${settings.path}; the last step of the deploy publishes it, and the batch is tried again.`);
    known = { activations, until: trustedUntil(readAt, settings.marginMilliseconds) };
    return activations;
  };
};
