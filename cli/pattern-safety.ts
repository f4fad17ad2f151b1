import type { FieldNodes } from '../core/definition/node';
import type { DefinitionProblem } from '../core/manifest/check';
import type { Manifest } from '../core/manifest/manifest';

/** Longest time that one pattern is looked at. */
const timeoutMilliseconds = 5000;
/** Shown of a text that a pattern takes too long for. */
const shownCharacters = 60;

type Check = typeof import('recheck').checkSync;

const loadCheck = (): Check => {
  // Its other engines are a Java program and a binary; this one is JavaScript and runs everywhere.
  process.env['RECHECK_BACKEND'] ??= 'pure';
  // Loaded here: it takes a fifth of a second, which only definitions with patterns are worth.
  return (require('recheck') as { readonly checkSync: Check }).checkSync;
};

interface Patterned { readonly definition: string; readonly field: string; readonly pattern: string }

const patternsIn = (kind: string, group: Readonly<Record<string, unknown>>, fieldsOf: (name: string) => FieldNodes): readonly Patterned[] =>
  Object.keys(group).flatMap((name) => Object.entries(fieldsOf(name)).flatMap(([field, { pattern }]) => (pattern === undefined ? [] : [{ definition: `${kind} ${name}`, field, pattern }])));

const patternsOf = ({ events, datasets, entities, models }: Manifest): readonly Patterned[] => [
  ...patternsIn('event', events, (name) => events[name]?.fields ?? {}),
  ...patternsIn('dataset', datasets, (name) => datasets[name]?.fields ?? {}),
  ...patternsIn('entity', entities, (name) => entities[name]?.key ?? {}),
  ...patternsIn('model', models, (name) => models[name]?.request ?? {}),
];

const remedy = 'write it without repeated parts that can match the same text in more than one way, anchor it with ^ and $, or bound its repetitions';

const problemOf = (pattern: string, check: Check): string | undefined => {
  // As validators run it: with the flag u, anywhere in a text unless it is anchored.
  const found = check(pattern, 'u', { timeout: timeoutMilliseconds });
  if (found.status === 'safe') return undefined;
  if (found.status === 'unknown') return `cannot be told to be safe: ${found.error.kind}; ${remedy}`;
  const { complexity, attack } = found;
  const takes = complexity.type === 'polynomial' ? `time that grows with the length to the power of ${complexity.degree}` : 'time that doubles with each character';
  return `takes ${takes} for some texts, such as ${JSON.stringify(attack.string.slice(0, shownCharacters))}${attack.string.length > shownCharacters ? '…' : ''}: one event could hold up a shard; ${remedy}`;
};

/**
 * Patterns of a manifest that some text makes slow (ReDoS). A validator runs them on whatever producers send.
 *
 * @returns a problem for each field; empty when every pattern takes time in proportion to the text
 */
export const unsafePatterns = (manifest: Manifest): readonly DefinitionProblem[] => {
  const patterns = patternsOf(manifest);
  if (patterns.length === 0) return [];
  const check = loadCheck();
  return patterns.flatMap(({ definition, field, pattern }) => {
    const problem = problemOf(pattern, check);
    return problem === undefined ? [] : [{ definition, problem: `has a field '${field}' whose pattern ${pattern} ${problem}` }];
  });
};
