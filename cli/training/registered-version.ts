import type { ModelMetadata } from '../../core/model/artefact';
import { verdictText } from '../../core/model/gate';
import type { KeptVerdicts } from '../../core/model/kept-evaluation';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { modelVersions, refusedVersions } from './model-report';

type Registered = Pick<ModelMetadata, 'modelVersion'>;

/** Verdicts that a refusal names: there may be one for each slice. */
const mostTold = 3;

/** What is typed where a model has no versions yet. */
export const trainFirst = (name: string): string => `npx headrace model train ${name} --from … --to … --evaluate-to …`;

/**
 * Why a version that somebody names cannot be used.
 *
 * @param versions those that are registered
 * @param refused those that the gate has refused
 * @returns undefined when it is registered
 */
export const unregistered = (name: string, given: string, versions: readonly Registered[], refused: readonly Pick<KeptVerdicts, 'modelVersion' | 'verdicts'>[]): CommandError | undefined => {
  if (versions.some(({ modelVersion }) => modelVersion === given)) return undefined;
  const verdicts = refused.find(({ modelVersion }) => modelVersion === given)?.verdicts;
  if (verdicts === undefined) return new CommandError(`${name} has no version ${given}.`, { next: versions.length === 0 ? trainFirst(name) : `npx headrace model ls ${name}`, exitCode: 2 });
  const failed = verdicts.filter(({ passed }) => !passed);
  // What to do about each is for whoever trains, and stands where the version is shown.
  const says = [...failed.slice(0, mostTold).map(({ remedy: _remedy, ...each }) => verdictText(each)), ...(failed.length > mostTold ? [`and ${failed.length - mostTold} more`] : [])].map((each) => `\n  ${each}`).join('');
  return new CommandError(`The gate has refused version ${given} of ${name}: it is not registered, and nothing can promote it or predict with it.${says}`, { next: `npx headrace model show ${name} --version ${given}` });
};

/**
 * Looks whether a version is registered.
 *
 * @param versions those that are, where they were read before
 * @throws CommandError when the gate has refused it, or there is none of that id
 */
export const requireRegistered = async (context: Context, name: string, given: string, versions?: readonly ModelMetadata[]): Promise<void> => {
  const known = versions ?? await modelVersions(context, name);
  if (known.some(({ modelVersion }) => modelVersion === given)) return;
  const problem = unregistered(name, given, known, await refusedVersions(context, name, known));
  if (problem !== undefined) throw problem;
};
