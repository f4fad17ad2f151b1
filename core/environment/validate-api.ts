import type { Authorization, Throttle, Throttling, TokenAuthorization } from './api';
import { routeGroups } from './api';
import type { Environment } from './environment';
import { between, oneOf, pattern, type SettingProblem } from './problem';

/** An address with https or, on this machine, with http: no query, no fragment, no user. */
const address = /^(?:https:\/\/[\w.-]+|http:\/\/(?:localhost|127\.0\.0\.1))(?::\d{1,5})?(?:\/[\w.~%/-]*)?$/u;
/** As browsers send it: no path, and no slash at its end. */
const origin = /^(?:https:\/\/[\w.-]+|http:\/\/(?:localhost|127\.0\.0\.1))(?::\d{1,5})?$/u;
/** What a scope is made of (RFC 6749, section 3.3), as long as the gateway takes it. */
const scope = /^[!#-[\]-~]{1,64}$/u;

const tokenProblems = ({ issuer, audience, scopes, modelScope }: Partial<TokenAuthorization>): SettingProblem[] => [
  ...pattern('authorization.issuer', issuer, address, 'the https address of an OpenID provider, to the letter as `iss` has it (http on this machine alone)'),
  ...(Array.isArray(audience) && audience.length > 0 && audience.length <= 50 && audience.every((each) => typeof each === 'string' && each !== '') ? []
    : [{ field: 'authorization.audience', found: audience, allowed: 'a list of 1 to 50 audiences: without one, a token that was made for any other program would do' }]),
  ...routeGroups.flatMap((group) => (scopes?.[group] === undefined ? [] : pattern(`authorization.scopes.${group}`, scopes[group], scope, 'one scope of at most 64 characters, without spaces'))),
  ...Object.keys(scopes ?? {}).flatMap((group) => oneOf('authorization.scopes', group, routeGroups)),
  ...(modelScope === undefined ? [] : [
    ...pattern('authorization.modelScope', modelScope, scope, 'one scope without spaces, such as predict:{model}'),
    ...(typeof modelScope === 'string' && !modelScope.includes('{model}') ? [{ field: 'authorization.modelScope', found: modelScope, allowed: 'a scope with {model} in it, as predict:{model}: else it is the same for all models, which the scope of the route is already' }] : []),
  ]),
];

const authorizationProblems = (authorization: Authorization | undefined): SettingProblem[] =>
  (authorization?.kind === 'jwt' ? tokenProblems(authorization) : oneOf('authorization.kind', authorization?.kind, ['iam', 'jwt']));

const throttleProblems = (field: string, throttle: Throttle | undefined): SettingProblem[] => [
  ...between(`${field}.requestsPerSecond`, throttle?.requestsPerSecond, 1, 10_000, 'requests a second'),
  ...between(`${field}.burst`, throttle?.burst, 1, 5000, 'requests'),
];

const throttlingProblems = (throttling: Throttling | undefined): SettingProblem[] => [
  ...throttleProblems('throttling', throttling),
  ...Object.entries(throttling?.routes ?? {}).flatMap(([group, throttle]) => [...oneOf('throttling.routes', group, routeGroups), ...throttleProblems(`throttling.routes.${group}`, throttle)]),
];

const originProblems = (origins: readonly string[] | undefined): SettingProblem[] => [
  ...(origins?.length === 0 ? [{ field: 'corsOrigins', found: origins, allowed: 'a list of origins, or absent: then no page of another origin may ask' }] : []),
  ...(origins ?? []).flatMap((each) => pattern('corsOrigins', each, origin, 'origins by name, such as https://app.example.com, without a path: * would let every page in the world ask with what its visitor may')),
];

/** What is wrong with how the API is asked: who may, how often, and from which pages. */
export const apiProblems = ({ authorization, throttling, corsOrigins }: Pick<Environment, 'authorization' | 'throttling' | 'corsOrigins'>): readonly SettingProblem[] =>
  [...authorizationProblems(authorization), ...throttlingProblems(throttling), ...originProblems(corsOrigins)];
