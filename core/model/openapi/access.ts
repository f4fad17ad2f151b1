import type { Authorization, RouteGroup, TokenAuthorization } from '../../environment/api';
import { scopeOfModel, scopeOfRoutes } from '../../environment/api';

type Members = Readonly<Record<string, unknown>>;

/** What an OpenAPI document says of who may ask. */
export interface Access {
  readonly securitySchemes: Members;
  /** Members of an operation: what it asks for, of predictions by the model too. */
  readonly operation: (group: RouteGroup, model?: string) => { readonly security: readonly Members[] };
  /** Whether predictions of a model ask for a scope of their own. */
  readonly hasModelScopes: boolean;
  /** Responses, by status, in which the gateway refuses on its own. */
  readonly refusals: Members;
}

const bySignature: Access = {
  securitySchemes: { iam: { 'type': 'apiKey', 'name': 'Authorization', 'in': 'header', 'description': 'AWS Signature Version 4, service execute-api.', 'x-amazon-apigateway-authtype': 'awsSigv4' } },
  operation: () => ({ security: [{ iam: [] }] }),
  hasModelScopes: false,
  refusals: { 403: { description: 'Not signed, or not allowed: the gateway\'s own answer.' } },
};

const byToken = (authorization: TokenAuthorization): Access => ({
  securitySchemes: { token: {
    type: 'openIdConnect', openIdConnectUrl: `${authorization.issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`,
    description: `An access token (JWT) as Authorization: Bearer, made for ${authorization.audience.join(' or ')}.`,
  } },
  operation: (group, model) => {
    const ofModel = model === undefined ? undefined : scopeOfModel(authorization, model);
    return { security: [{ token: [scopeOfRoutes(authorization, group), ...(ofModel === undefined ? [] : [ofModel])] }] };
  },
  hasModelScopes: authorization.modelScope !== undefined,
  refusals: {
    401: { description: 'No token, or one that is expired, of another issuer, for another audience, or whose signature is wrong: the gateway\'s own answer.' },
    403: { description: 'A token without the scope: the gateway\'s own answer.' },
  },
});

/** How the configured authorization stands in an OpenAPI document. */
export const accessOf = (authorization: Authorization): Access => (authorization.kind === 'iam' ? bySignature : byToken(authorization));
