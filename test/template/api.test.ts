import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { routes } from '../../core/environment/api';
import { validateEnvironment } from '../../core/environment';
import { bundleLambda } from '../../lib/constructs/bundle';
import { production, resourcesOf, synthesize } from './synthesis';

const authorization = { kind: 'jwt', issuer: 'https://id.example.com/', audience: ['app', 'batch'], scopes: { features: 'features.read' }, modelScope: 'predict:{model}' } as const;
const signed = synthesize();
const withTokens = synthesize(validateEnvironment({
  ...production, authorization, corsOrigins: ['https://app.example.com'], throttling: { requestsPerSecond: 100, burst: 200, routes: { predict: { requestsPerSecond: 50, burst: 80 }, models: { requestsPerSecond: 5, burst: 10 } } },
}));

const propertiesOf = (synthesis: typeof signed, type: string) => resourcesOf(synthesis, `AWS::ApiGatewayV2::${type}`).map(({ resource }) => resource.Properties);
const keys = routes.map(({ method, path }) => `${method} ${path}`).sort();

describe.each([['signatures', signed], ['tokens', withTokens]] as const)('an API that asks for %s', (_, synthesis) => {
  it('has the routes that it says, and none that lets in whoever comes', () => {
    const found = propertiesOf(synthesis, 'Route');
    expect(found.map(({ RouteKey }) => String(RouteKey)).sort()).toEqual(keys);
    for (const { RouteKey, AuthorizationType } of found) expect([RouteKey, AuthorizationType]).toEqual([RouteKey, synthesis === signed ? 'AWS_IAM' : 'JWT']);
  });

  it('writes into its access log who asked for what, and neither a header nor a token nor a body', () => {
    const [stage] = propertiesOf(synthesis, 'Stage');
    const settings = stage?.['AccessLogSettings'] as { readonly Format: string } | undefined;
    expect([...(settings?.Format ?? '').matchAll(/\$context\.[\w.]+/gu)].map(([variable]) => variable.replace('$context.', '')).sort()).toEqual([
      'authorizer.claims.sub', 'authorizer.error', 'error.message', 'httpMethod', 'identity.sourceIp', 'identity.userArn', 'integrationErrorMessage', 'path', 'requestId', 'requestTime', 'responseLatency', 'responseLength', 'routeKey', 'status',
    ]);
  });

  it('has no finding of cdk-nag that is not justified', () => {
    const { violations } = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app);
    expect(violations.map(({ ruleName, description }) => `${ruleName}: ${description}`)).toEqual([]);
  });
});

describe('tokens', () => {
  it('are those of one issuer, made for one of the audiences', () => {
    expect(propertiesOf(signed, 'Authorizer')).toEqual([]);
    expect(propertiesOf(withTokens, 'Authorizer')).toMatchObject([{ AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: 'https://id.example.com/', Audience: ['app', 'batch'] } }]);
  });

  it('need the scope of the route, each with one of its group', () => {
    expect(Object.fromEntries(propertiesOf(withTokens, 'Route').map(({ RouteKey, AuthorizationScopes }) => [RouteKey, AuthorizationScopes]))).toEqual({
      'POST /v1/models/{model}/predictions': ['headrace/predict'], 'POST /v1/features/{view}/query': ['features.read'], 'GET /v1/models': ['headrace/models'], 'GET /v1/models/{model}': ['headrace/models'], 'GET /v1/openapi.json': ['headrace/models'],
    });
  });

  it('are asked for by the function as by the gateway', () => {
    const variables = (synthesis: typeof signed) => resourcesOf(synthesis, 'AWS::Lambda::Function').flatMap(({ resource }) => {
      const text = (resource.Properties['Environment'] as { Variables: Record<string, string> }).Variables['AUTHORIZATION'];
      return text === undefined ? [] : [JSON.parse(text) as unknown];
    });
    expect([variables(signed), variables(withTokens)]).toEqual([[{ kind: 'iam' }], [authorization]]);
  });
});

describe('what the API lets through', () => {
  const stage = (synthesis: typeof signed) => resourcesOf(synthesis, 'AWS::ApiGatewayV2::Stage')[0]?.resource;

  it('is throttled in all, and each route of a group as it is said of the group', () => {
    expect(stage(signed)?.Properties).toMatchObject({ DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 } });
    expect(stage(signed)?.Properties).not.toHaveProperty('RouteSettings');
    const models = { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 };
    expect(stage(withTokens)?.Properties['RouteSettings']).toEqual({ 'POST /v1/models/{model}/predictions': { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 80 }, 'GET /v1/models': models, 'GET /v1/models/{model}': models, 'GET /v1/openapi.json': models });
  });

  it('is throttled once the routes are there, as the gateway takes settings of no other', () => {
    const ids = resourcesOf(withTokens, 'AWS::ApiGatewayV2::Route').map(({ id }) => id);
    expect(stage(withTokens)?.DependsOn).toEqual(expect.arrayContaining(ids));
  });

  it('is asked by no page of another origin unless it is named', () => {
    expect(propertiesOf(signed, 'Api')[0]).not.toHaveProperty('CorsConfiguration');
    const [api] = propertiesOf(withTokens, 'Api');
    expect(api).toMatchObject({ CorsConfiguration: { AllowOrigins: ['https://app.example.com'], AllowMethods: ['GET', 'POST'] } });
    expect(api).not.toHaveProperty('CorsConfiguration.AllowCredentials');
  });
});

describe('processes of the prediction API that are kept started', () => {
  it('are none, and there is no alias, unless the environment says so', () => {
    expect(resourcesOf(signed, 'AWS::Lambda::Alias')).toEqual([]);
    expect(resourcesOf(signed, 'AWS::Lambda::Version')).toEqual([]);
  });

  it('are those of an alias of the newest version, which the API asks and may ask alone', () => {
    const synthesis = synthesize({ ...production, predictionProvisionedConcurrency: 2 });
    const [alias, ...others] = resourcesOf(synthesis, 'AWS::Lambda::Alias');
    expect(others).toEqual([]);
    expect(alias?.resource.Properties).toMatchObject({ Name: 'live', ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 }, FunctionVersion: { 'Fn::GetAtt': [expect.stringMatching(/^PredictionApi.*CurrentVersion/u), 'Version'] } });
    const predictions = resourcesOf(synthesis, 'AWS::Lambda::Function').filter(({ resource }) => String(resource.Properties['FunctionName']).endsWith('-prediction-api'));
    expect(predictions.map(({ resource }) => resource.Properties['Handler'])).toEqual(['warm.handler']);
    const integrations = resourcesOf(synthesis, 'AWS::ApiGatewayV2::Integration');
    expect(integrations.map(({ resource }) => resource.Properties['IntegrationUri'])).toEqual([{ Ref: alias?.id }]);
    const asked = resourcesOf(synthesis, 'AWS::Lambda::Permission').filter(({ layer }) => layer === 'serving').map(({ resource }) => resource.Properties['FunctionName']);
    expect(asked).toHaveLength(5);
    expect(new Set(asked.map((name) => JSON.stringify(name)))).toEqual(new Set([JSON.stringify({ Ref: alias?.id })]));
    const { violations } = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app);
    expect(violations).toEqual([]);
  });
});

describe('a process of the prediction API that is kept started', () => {
  it('has loaded its models before it takes a request', () => {
    const directory = bundleLambda({ name: 'prediction-api', target: production, generatedDirectory: dirname(signed.directory), isKeptStarted: true });
    const bundle = readFileSync(join(directory, 'index.js'), 'utf8');
    expect(bundle).toMatch(/\bwarm:/u);
    // Its handler says what its warm, which takes a while, has left.
    writeFileSync(join(directory, 'index.js'), 'let state = "cold"; exports.warm = async () => { await new Promise((resolve) => setTimeout(resolve, 50)); state = "warm"; }; exports.handler = () => state;');
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', `const { handler } = await import(${JSON.stringify(join(directory, 'warm.mjs'))}); process.stdout.write(handler());`], { encoding: 'utf8' });
    writeFileSync(join(directory, 'index.js'), bundle);
    expect([stdout, stderr]).toEqual(['warm', '']);
  });
});
