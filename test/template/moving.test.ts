import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { environmentOf, namesOf, type Environment } from '../../core/environment';
import { FeatureStoreStack } from '../../lib/stacks/feature-store';
import { IngestionStack } from '../../lib/stacks/ingestion';
import { Template } from 'aws-cdk-lib/assertions';
import { synthesize } from './synthesis';

const { manifest, directory } = synthesize();

/** The two stacks that read what events come in by. */
const stacksOf = (ways: Pick<Environment, 'ingestion' | 'ingestionBefore'>) => {
  const environment = environmentOf({ name: 'moving', account: '111122223333', region: 'eu-central-1', ...ways });
  const app = new App();
  const deployment = { environment, names: namesOf(environment), manifest, projectDirectory: join(directory, '..'), generatedDirectory: join(directory, '..') };
  const stacks: readonly Stack[] = [new IngestionStack(app, deployment), new FeatureStoreStack(app, deployment)];
  return { app, mappings: Object.assign({}, ...stacks.map((stack) => Template.fromStack(stack).findResources('AWS::Lambda::EventSourceMapping'))) as Readonly<Record<string, { readonly Properties: Readonly<Record<string, unknown>> }>> };
};

describe('an environment that moves from a stream to a topic', () => {
  const [before, both, after] = [stacksOf({ ingestion: 'kinesis' }), stacksOf({ ingestion: 'msk', ingestionBefore: 'kinesis' }), stacksOf({ ingestion: 'msk' })];

  it('keeps the mappings of the stream as they are while both are read, so that they go on from where they stood', () => {
    const kept = Object.keys(before.mappings);
    expect(kept).toHaveLength(2);
    for (const id of kept) expect(both.mappings[id]?.Properties).toEqual(before.mappings[id]?.Properties);
  });

  it('has those of the topic beside them from the first moment on, and as they are without the stream', () => {
    const added = Object.keys(both.mappings).filter((id) => !(id in before.mappings));
    expect(added.sort()).toEqual(Object.keys(after.mappings).sort());
    for (const id of added) expect(both.mappings[id]?.Properties).toEqual(after.mappings[id]?.Properties);
  });

  it('has one alarm a consumer that looks at both', () => {
    const alarms = both.app.node.findAll().filter((each): each is Stack => 'templateOptions' in each).flatMap((stack) => Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')));
    const behind = alarms.filter(({ Properties }) => (Properties as { readonly AlarmName: string }).AlarmName.endsWith('-behind'));
    expect(behind).toHaveLength(2);
    for (const { Properties } of behind) {
      const metrics = (Properties as { readonly Metrics: readonly { readonly MetricStat?: { readonly Metric: { readonly MetricName: string } } }[] }).Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
      expect(metrics).toEqual(expect.arrayContaining(['OffsetLag', 'IteratorAge']));
    }
  });

  it('has no finding of cdk-nag', () => {
    expect(new AwsSolutionsChecks(both.app, { verbose: true }).validateScope(both.app).violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });
});
