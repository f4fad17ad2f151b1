/** Routes of the API that are allowed, and throttled, together: predictions, features, and what is told of the models and of the API itself. */
export const routeGroups = ['predict', 'features', 'models'] as const;
export type RouteGroup = (typeof routeGroups)[number];

/** Every route of the API, as its gateway writes them. */
export const routes: readonly { readonly method: 'GET' | 'POST'; readonly path: string; readonly group: RouteGroup }[] = [
  { method: 'POST', path: '/v1/models/{model}/predictions', group: 'predict' },
  { method: 'POST', path: '/v1/features/{view}/query', group: 'features' },
  { method: 'GET', path: '/v1/models', group: 'models' },
  { method: 'GET', path: '/v1/models/{model}', group: 'models' },
  { method: 'GET', path: '/v1/openapi.json', group: 'models' },
];

/** Access tokens (JWT) of an OpenID provider, which the gateway verifies: signature, issuer, audience, times and the scope of the route. */
export interface TokenAuthorization {
  readonly kind: 'jwt';
  /** `iss` of the tokens, to the letter; below it the provider's keys are found (`/.well-known/openid-configuration`). */
  readonly issuer: string;
  /** `aud` of the tokens, or `client_id` where they have none: one of these. */
  readonly audience: readonly string[];
  /** The scope that a token needs for each group of routes; `headrace/predict`, `headrace/features` and `headrace/models` where nothing is said. */
  readonly scopes?: Readonly<Partial<Record<RouteGroup, string>>>;
  /** The scope that a token needs besides to be answered predictions of a model, `{model}` being its name: `predict:{model}`. Absent: the route's scope is enough for every model. */
  readonly modelScope?: string;
}

/** How the API knows who asks: by signatures of AWS identities (SigV4), or by tokens. */
export type Authorization = { readonly kind: 'iam' } | TokenAuthorization;

/** The scope that a token needs for a group of routes. */
export const scopeOfRoutes = ({ scopes }: Pick<TokenAuthorization, 'scopes'>, group: RouteGroup): string => scopes?.[group] ?? `headrace/${group}`;

/** The scope that a token needs for predictions of a model; absent where the route's is enough. */
export const scopeOfModel = ({ modelScope }: Pick<TokenAuthorization, 'modelScope'>, model: string): string | undefined => modelScope?.replaceAll('{model}', model);

/** Requests a second that are let through before the answer is 429, and how many at once. */
export interface Throttle { readonly requestsPerSecond: number; readonly burst: number }

/** What the API lets through in all and, where it is said, of a group's routes each. */
export interface Throttling extends Throttle { readonly routes?: Readonly<Partial<Record<RouteGroup, Throttle>>> }
