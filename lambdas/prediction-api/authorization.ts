import type { Authorization } from '../../core/environment/api';
import { scopeOfModel } from '../../core/environment/api';
import type { Problem } from '../../core/model/problem';
import { problemOf } from '../../core/model/problem';

/** What the gateway says of the token that it verified: claims, those that are lists as `[a b]`. */
export interface TokenContext { readonly authorizer?: { readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } } }

const words = (claim: unknown): readonly string[] => {
  if (Array.isArray(claim)) return claim.map(String);
  if (typeof claim !== 'string') return [];
  return (claim.startsWith('[') && claim.endsWith(']') ? claim.slice(1, -1) : claim).split(' ').filter((word) => word !== '');
};

/**
 * The scopes that a token grants, by its claims `scope` and `scp`, the two that the gateway itself goes by. Its own list of
 * scopes is left aside: it says what the route asks for.
 */
const scopesGranted = ({ authorizer }: TokenContext): ReadonlySet<string> => {
  const claims = authorizer?.jwt?.claims ?? {};
  return new Set([...words(claims['scope']), ...words(claims['scp'])]);
};

/**
 * Why a request may not be answered predictions of a model; `undefined` when it may. Whether it may ask for predictions at
 * all, the gateway has decided. Where a scope is asked for, what is not granted is refused: a model that nobody thought
 * of, and a request that came without a token.
 *
 * @param model the name in the path, with or without a version, of a model or not: who may not ask is not told which there are
 */
export const predictionRefusal = (authorization: Authorization, context: TokenContext, model: string): Problem | undefined => {
  if (authorization.kind === 'iam') return undefined;
  const scope = scopeOfModel(authorization, model.split('@', 1)[0] ?? '');
  if (scope === undefined || scopesGranted(context).has(scope)) return undefined;
  return problemOf('insufficient_scope', `The token lacks the scope ${scope.slice(0, 160)}, which predictions of this model ask for; ask for a token with it, or who runs the identity provider to grant it.`);
};
