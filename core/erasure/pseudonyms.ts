import type { Scalar } from '../definition/node';
import type { Manifest } from '../manifest/manifest';
import type { Pseudonymise } from '../model/pseudonym';
import { pseudonymousKeys } from '../model/pseudonym';
import type { Subject } from './subject';

/** The types of the key fields that logs of predictions hash. */
const hashedTypes = ({ models, entities }: Pick<Manifest, 'models' | 'entities'>): ReadonlySet<Scalar> =>
  new Set(Object.values(models).flatMap((model) => pseudonymousKeys(model, entities).map(({ scalar }) => scalar)));

/** Whether pseudonyms stand for persons in a log of predictions: then they are looked for by these too. */
export const hasPseudonyms = (manifest: Pick<Manifest, 'models' | 'entities'>): boolean => hashedTypes(manifest).size > 0;

/** What stands for a subject in logs of predictions. */
export const pseudonymsOf = ({ identifiers }: Pick<Subject, 'identifiers'>, manifest: Pick<Manifest, 'models' | 'entities'>, pseudonymise: Pseudonymise): readonly string[] =>
  [...hashedTypes(manifest)].flatMap((scalar) => identifiers.flatMap((identifier) => {
    if (scalar !== 'int') return [String(pseudonymise(scalar, identifier))];
    // As JSON writes one: 007 is the text of somebody else than 7.
    return String(Number(identifier)) === identifier ? [String(pseudonymise(scalar, Number(identifier)))] : [];
  }));
