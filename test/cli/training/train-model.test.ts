import { gateRefusal, trainingFailure } from '../../../cli/training/train-model';

const model = { name: 'late', version: 1 };
const failedAt = (step: string, log: string, rest: object): string => JSON.stringify({ failed: { step, log }, ...rest });

describe('a training that failed', () => {
  it('names the step, what the function said, and its log', () => {
    const failure = trainingFailure(model, 'FAILED', 'ModelNotTrained', failedAt('gate', '/aws/lambda/registrar', { failure: { Error: 'Error', Cause: JSON.stringify({ errorMessage: 'S3 is away' }) } }));
    expect([failure.message, failure.next, failure.exitCode]).toEqual(["late@v1 was not trained: the step 'gate' failed.\nS3 is away\nlog: /aws/lambda/registrar", 'aws logs tail /aws/lambda/registrar --since 1h', 1]);
  });

  it('names the run of a job, whose stream has all that it said', () => {
    const failure = trainingFailure(model, 'FAILED', 'ModelNotTrained', failedAt('train', '/aws-glue/h/training/train-model/error', { failure: { Error: 'States.TaskFailed', Cause: JSON.stringify({ Id: 'jr_1', JobName: 'train-model', ErrorMessage: 'The trainer trainers/late.py failed (exit code 1):\nno memory left' }) } }));
    expect([failure.message, failure.next]).toEqual(["late@v1 was not trained: the step 'train' failed.\nThe trainer trainers/late.py failed (exit code 1):\nno memory left\nlog: /aws-glue/h/training/train-model/error, stream jr_1", 'aws logs tail /aws-glue/h/training/train-model/error --log-stream-names jr_1 --since 1h']);
  });

  it('says why there is no training set', () => {
    expect(trainingFailure(model, 'FAILED', 'ModelNotTrained', failedAt('training set', '/aws/lambda/builder', { set: { answer: { outcome: 'refused', refusal: 'raw holds nothing' } } })).message).toMatch(/the step 'training set' failed\.\nraw holds nothing\n/u);
  });

  it('is told even when nothing is known but that it was stopped', () => {
    expect(trainingFailure(model, 'ABORTED', undefined, undefined)).toMatchObject({ message: 'late@v1 was not trained (ABORTED): its execution says why', next: 'docs/runbook.md#training-failed' });
  });
});

describe('a version that the gate refuses', () => {
  it('is named with all that was refused, and where more is said', () => {
    expect(gateRefusal(model, 'ab12', ['refused  auc: 0.5, at least 0.7'])).toMatchObject({ message: 'The gate refuses version ab12 of late@v1; it is not registered, and its report is kept:\n  refused  auc: 0.5, at least 0.7', next: 'npx headrace model show late --version ab12', exitCode: 1 });
  });
});
