import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { resourcesOf, type Synthesis } from './synthesis';

/** What CloudFormation would put in the place of a reference: the partition, or the ARN of something in the stack. */
const resolved = (part: unknown): string => {
  if (typeof part === 'string') return part;
  return JSON.stringify(part) === '{"Ref":"AWS::Partition"}' ? 'aws' : 'arn:aws:lambda:eu-central-1:111122223333:function:stand-in';
};

/** The state machines of stacks, in the Amazon States Language. */
export const machinesOf = (synthesis: Synthesis): readonly string[] => resourcesOf(synthesis, 'AWS::StepFunctions::StateMachine').map(({ resource }) => {
  const text = resource.Properties['DefinitionString'] as string | { 'Fn::Join': [string, readonly unknown[]] };
  return typeof text === 'string' ? text : text['Fn::Join'][1].map(resolved).join('');
});

/** What botocore's service models say of the tasks of state machines. */
export const taskFaults = (machines: readonly string[]): unknown => {
  const { stdout, stderr } = spawnSync(join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'python'), [join(__dirname, 'check_tasks.py')], { input: `[${machines.join(',')}]`, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
};
