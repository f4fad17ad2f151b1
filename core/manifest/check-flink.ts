import type { DefinitionProblem } from './check';
import type { Manifest, ViewDefinition } from './manifest';

const problemsOf = ({ engine, from, features, by, entity }: ViewDefinition, { entities }: Pick<Manifest, 'entities'>): readonly string[] => {
  if (engine === undefined) return [];
  // A definition without types can say anything.
  if (engine as string !== 'flink') return [`has the engine '${engine}'; it is 'lambda' or 'flink'`];
  if (from.kind === 'dataset') return ["has the engine 'flink' over a dataset, whose rows come in batches and not by a stream; leave the engine out"];
  const forever = features.filter((feature) => feature.kind === 'window' && feature.width === 'lifetime').map(({ name }) => name);
  const floats = Object.keys(by).filter((key) => entities[entity]?.key[key]?.scalar === 'float');
  return [
    ...(forever.length === 0 ? [] : [`has the engine 'flink' and a lifetime (${forever.join(', ')}): its one partial aggregate is of all events there ever were, which no topic keeps, so that Flink could not work it out anew when it has lost its state; make another view of these features, with the engine 'lambda'`]),
    ...floats.map((key) => `has the engine 'flink' and finds ${entity} by '${key}', a float: engines write floats in different digits, so that the key's text would not be the one that requests ask for; make the key a string or an int`),
  ];
};

/** What Flink cannot work out: refused before anything is deployed, with the reason. */
export const checkFlink = (manifest: Pick<Manifest, 'views' | 'entities'>): readonly DefinitionProblem[] =>
  Object.entries(manifest.views).flatMap(([name, view]) => problemsOf(view, manifest).map((problem) => ({ definition: `feature view ${name}`, problem })));
