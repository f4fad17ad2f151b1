import type { PromotionAs, Role } from '../core/model/roles';
import { isWeight, roles } from '../core/model/roles';
import { CommandError } from './command-error';

/**
 * What a version is promoted to, from `--as` and `--weight`: a challenger has a tenth of the entities unless its weight is given.
 *
 * @throws CommandError when a word is no role, or no share
 */
export const promotionOption = (role: string, weight: string | undefined): PromotionAs => {
  const wrong = (message: string): CommandError => new CommandError(message, { exitCode: 2 });
  const known: Role | undefined = roles.find((each) => each === role);
  if (known === undefined) throw wrong(`--as is '${role}'; it must be ${roles.join(', ')}.`);
  if (known !== 'challenger') {
    if (weight !== undefined) throw wrong(`--weight is a challenger's; a ${known} has none.`);
    return { role: known };
  }
  const share = Number(weight ?? 0.1);
  if (!isWeight(share)) throw wrong(`--weight is '${weight}'; it must be a share over 0 and under 1, such as 0.1.`);
  return { role: known, weight: share };
};
