import { wellKnownFiles } from '../../../core/contract/protobuf/well-known';
import type { CallRegistry } from './client';
import { orUndefined } from './client';
import type { Reference } from './answers';
import { schemaIn } from './answers';

/** Most schemas that one refers to, directly or not, how deep they may stand, and their length together, in characters. */
export const referenceLimits = { most: 64, deepest: 10, longest: 170_000 } as const;

/** Why the schemas that one refers to cannot be had. */
export interface Unreferable { readonly why: string }

/**
 * The schemas that a schema refers to, and those that they do in turn, out of the registry and nowhere else; what is referred
 * to stands before who refers to it. A name that stands for two schemas is refused.
 */
export const resolveReferences = async (references: readonly Reference[], call: CallRegistry): Promise<ReadonlyMap<string, string> | Unreferable> => {
  const found = new Map<string, string>();
  const places = new Map<string, string>();
  let length = 0;

  const bring = async (wanted: readonly Reference[], depth: number): Promise<string | undefined> => {
    if (wanted.length > 0 && depth > referenceLimits.deepest) return `its references are nested more than ${referenceLimits.deepest} deep`;
    for (const { name, subject, version } of wanted) {
      if (wellKnownFiles.has(name)) continue;
      const place = `${subject} ${version}`;
      const known = places.get(name);
      if (known === place) continue;
      if (known !== undefined) return `it refers to two schemas as ${name}`;
      if (places.size >= referenceLimits.most) return `it refers to more than ${referenceLimits.most} schemas`;
      places.set(name, place);
      const answer = await orUndefined(call({ method: 'GET', path: `/subjects/${encodeURIComponent(subject)}/versions/${version}` }));
      const schema = answer === undefined ? undefined : schemaIn(answer);
      if (schema === undefined) return `it refers to version ${version} of ${subject}, which there is not`;
      length += schema.text.length;
      if (length > referenceLimits.longest) return `what it refers to is longer than ${referenceLimits.longest} characters`;
      const problem = await bring(schema.references, depth + 1);
      if (problem !== undefined) return problem;
      found.set(name, schema.text);
    }
    return undefined;
  };

  const why = await bring(references, 1);
  return why === undefined ? found : { why };
};
