import validateStateMachine from 'asl-validator';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as flights from '../../examples/flights/definitions';
import { manifestOf } from '../fixtures/contracts';
import { policyStatements } from './policy';
import { machinesOf, taskFaults } from './state-machines';
import { production, resourcesOf, synthesize } from './synthesis';

jest.setTimeout(60_000);

const retrained = { ...flights.lateArrival, name: 'late_arrival_on_spark', training: { engine: 'spark', retrain: { daily: '03:30', on: ['SUN'], timeZone: 'America/Chicago', learnDays: 90, judgeDays: 14 } } } as const;
const synthesis = synthesize({ ...production, trainingSetMemoryMegabytes: 10_240, trainingSetRowsAtOnce: 5_000_000 }, manifestOf({ ...flights, retrained }));
const machine = machinesOf(synthesis).find((each) => each.includes('rows on Spark')) ?? '{}';
const { StartAt, States } = JSON.parse(machine) as { StartAt: string; States: Record<string, { Choices?: readonly { readonly StringEquals?: string; readonly IsPresent?: boolean; readonly Next: string }[]; Default?: string; Next?: string; Resource?: string; Parameters?: unknown }> };
const actionsOf = (role: string) => policyStatements(synthesis).filter(({ id, type, effect }) => type === 'AWS::IAM::Policy' && effect === 'Allow' && id.startsWith(role));

describe('a model whose training sets are made on Spark', () => {
  it('goes by the Glue job, and any other by the function', () => {
    expect(States['engine of the model']).toMatchObject({ Choices: [{ StringEquals: 'late_arrival_on_spark@v1', Next: 'ask Spark' }], Default: 'training set' });
    expect(States['after ask Spark']).toMatchObject({ Choices: [{ StringEquals: 'done', Next: 'rows on Spark' }], Default: 'failed: training set' });
    expect(States['rows on Spark']).toMatchObject({ Resource: expect.stringMatching(/:states:::glue:startJobRun\.sync$/u) as string, Parameters: { JobName: 'headrace-production-lake-spark', Arguments: { '--request.$': '$.asked.answer.request' } }, Next: 'hear Spark' });
    expect([States['hear Spark']?.Next, States['training set']?.Next]).toEqual(['after training set', 'after training set']);
    const { isValid, errors } = validateStateMachine(JSON.parse(machine), { checkPaths: true, checkArn: true });
    expect({ isValid, errors }).toEqual({ isValid: true, errors: [] });
    expect(taskFaults([machine])).toEqual([]);
  });

  it('has the Spark job by itself, which may write nowhere in the features zone but where builds work', () => {
    expect(resourcesOf(synthesis, 'AWS::Glue::Job').map(({ resource }) => resource.Properties['Name'])).toContain('headrace-production-lake-spark');
    const written = (role: string) => JSON.stringify(actionsOf(role).filter(({ actions }) => actions.includes('s3:DeleteObject')).flatMap(({ resources }) => resources));
    expect(written('SparkJob')).toContain('-features-111122223333-eu-central-1/work/*');
    expect(written('SparkJob')).not.toContain('-features-111122223333-eu-central-1/training-sets/');
    expect(written('TrainingTrainingSetBuilder')).toMatch(/^\["arn:[^"]*-features-111122223333-eu-central-1\/work\/training-sets\/\*"\]$/u);
  });

  it('has no finding of cdk-nag that is not justified', () => {
    const { violations } = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app);
    expect(violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`))).toEqual([]);
  });
});

describe('the function that builds training sets', () => {
  it('has the memory of its environment, and works out as many rows at once', () => {
    const [builder] = resourcesOf(synthesis, 'AWS::Lambda::Function').filter(({ resource }) => resource.Properties['FunctionName'] === 'headrace-production-training-set-builder');
    expect(builder?.resource.Properties).toMatchObject({ MemorySize: 10_240, Environment: { Variables: { ROWS_AT_ONCE: '5000000' } } });
  });
});

describe('a model that is retrained by itself', () => {
  it('is started by its schedule, with the moment that it is due, by a role that may do nothing else', () => {
    const schedules = resourcesOf(synthesis, 'AWS::Scheduler::Schedule').map(({ resource }) => resource.Properties).filter(({ Name }) => String(Name).includes('-retrain-'));
    expect(schedules.map(({ Name, ScheduleExpression, ScheduleExpressionTimezone, Target }) => [Name, ScheduleExpression, ScheduleExpressionTimezone, (Target as { Input: string }).Input])).toEqual([
      ['headrace-production-retrain-late-arrival-on-spark-v1', 'cron(30 3 ? * SUN *)', 'America/Chicago', '{"model":"late_arrival_on_spark@v1","moment":"<aws.scheduler.scheduled-time>"}'],
    ]);
    const allowed = actionsOf('TrainingScheduleRole');
    expect(allowed.flatMap(({ actions }) => actions)).toEqual(['states:StartExecution']);
    expect(JSON.stringify(allowed.flatMap(({ resources }) => resources))).toMatch(/TrainingTrainModel/u);
  });

  it('has its ranges worked out first, where a person gives them', () => {
    expect([StartAt, States[StartAt]]).toEqual(['by a schedule', expect.objectContaining({ Choices: [expect.objectContaining({ IsPresent: true, Next: 'order' })], Default: 'engine of the model' })]);
    expect(States['order']?.Next).toBe('engine of the model');
  });

  it('is the only reason for such a schedule', () => {
    expect(resourcesOf(synthesize(), 'AWS::Scheduler::Schedule').filter(({ resource }) => String(resource.Properties['Name']).includes('-retrain-'))).toEqual([]);
  });
});
