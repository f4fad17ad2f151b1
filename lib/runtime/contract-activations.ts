import { activationsOf, trustedUntil } from '../../core/contract/activation';
import type { Activations } from '../../core/contract/contracts';
import type { EpochMillis } from '../../core/event/time';
import type { AwsService } from './aws-request';
import { parametersBelow } from './parameters-below';

export interface ActivationSettings {
  /** SSM path below which a parameter stands for each event type. */
  readonly path: string;
  readonly service: AwsService;
  /** How long before a contract becomes active it is published. */
  readonly marginMilliseconds: number;
  readonly now: () => EpochMillis;
}

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
    const activations = activationsOf(await parametersBelow(settings.service, settings.path));
    if (activations.size === 0) throw new Error(`no contract is active yet: nothing stands below ${settings.path}; the last step of the deploy publishes it, and the batch is tried again.`);
    known = { activations, until: trustedUntil(readAt, settings.marginMilliseconds) };
    return activations;
  };
};
