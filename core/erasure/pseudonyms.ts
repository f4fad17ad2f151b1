import type { Pseudonymise } from '../model/pseudonym';
import type { Subject } from './subject';

/**
 * What stands for a subject in logs of predictions. What models the definitions have now does not matter: the lake keeps the
 * logs of those that they had.
 */
export const pseudonymsOf = ({ identifiers }: Pick<Subject, 'identifiers'>, pseudonymise: Pseudonymise): readonly string[] => identifiers.flatMap((identifier) => {
  const asText = String(pseudonymise('string', identifier));
  // As JSON writes one: 007 is the text of somebody else than 7.
  const asNumber = Number.isSafeInteger(Number(identifier)) && String(Number(identifier)) === identifier ? [String(pseudonymise('int', Number(identifier)))] : [];
  return [asText, ...asNumber];
});
