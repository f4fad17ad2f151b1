import { AwsSolutionsChecks } from 'cdk-nag';
import { policyStatements } from './policy';
import { production, resourcesOf, synthesize } from './synthesis';

jest.setTimeout(60_000);

const key = 'arn:aws:kms:eu-central-1:111122223333:key/0f0f0f0f-0000-4000-8000-000000000000';
const synthesis = synthesize({ ...production, registry: { kind: 'confluent', url: 'https://registry.example.com', secret: 'headrace/registry', secretKey: key, subjectPrefix: 'production.' } });
const allowed = policyStatements(synthesis).filter(({ type, effect }) => type === 'AWS::IAM::Policy' && effect === 'Allow');

describe('an environment with a Confluent registry', () => {
  it('lets those that need it, and no one else, read its secret and decrypt that alone', () => {
    const readers = allowed.filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
    expect(readers.map(({ id }) => id.replace(/Role.*$/u, '')).sort()).toEqual(['ContractRegistrar', 'FeatureAggregator', 'GenerationFollower', 'IngestValidator']);
    for (const { resources, actions } of readers) {
      expect(actions).toEqual(['secretsmanager:GetSecretValue']);
      expect(JSON.stringify(resources)).toContain(':secretsmanager:eu-central-1:111122223333:secret:headrace/registry-??????');
    }
    expect(allowed.filter(({ resources }) => resources.includes(key)).map(({ actions }) => actions)).toEqual(readers.map(() => ['kms:Decrypt']));
  });

  it('has no right to schemas of Glue', () => {
    expect(allowed.flatMap(({ actions }) => actions).filter((action) => /^glue:.*(?:Schema|Registry)/u.test(action))).toEqual([]);
  });

  it('tells functions where it is, and nothing that is secret', () => {
    const told = resourcesOf(synthesis, 'AWS::Lambda::Function').map(({ resource }) => (resource.Properties['Environment'] as { Variables: Readonly<Record<string, string>> }).Variables).filter(({ REGISTRY_URL }) => REGISTRY_URL !== undefined);
    expect(told).toHaveLength(4);
    for (const variables of told) expect(variables).toMatchObject({ REGISTRY_URL: 'https://registry.example.com', REGISTRY_SECRET: 'headrace/registry', SUBJECT_PREFIX: 'production.' });
  });

  it('has no finding of cdk-nag that is not justified', () => {
    const { violations } = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app);
    expect(violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`))).toEqual([]);
  });
});
