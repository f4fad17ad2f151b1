import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import validateStateMachine from 'asl-validator';
import { localEnvironment } from '../../core/environment';
import { machinesOf, taskFaults } from './state-machines';
import { production, synthesize } from './synthesis';

const synthesized = (['eu-central-1', 'us-east-1', 'ap-southeast-2'] as const).map((region) => synthesize({ ...production, region }));

/** cfn-lint of the project's Python environment, or of the machine. */
const cfnLint = (): string => {
  const own = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'cfn-lint');
  return existsSync(own) ? own : 'cfn-lint';
};

describe('cfn-lint', () => {
  it('finds nothing in the templates of any region', async () => {
    const files = synthesized.flatMap(({ templateFiles }) => templateFiles);
    const regions = synthesized.map(({ environment }) => environment.region);
    // W3005 is a DependsOn that a GetAtt implies already: the CDK writes them all, to be sure.
    const { stdout } = await promisify(execFile)(cfnLint(), ['--format', 'parseable', '--ignore-checks', 'W3005', '--regions', ...regions, '--', ...files])
      .catch((error: { stdout?: string; message: string }) => ({ stdout: error.stdout || error.message }));
    expect(stdout).toBe('');
  }, 120_000);
});

const definitions = [...synthesized, synthesize(localEnvironment())].flatMap(machinesOf);

describe('the service models of botocore', () => {
  it('have every action and parameter that a task of a state machine names', () => {
    expect(taskFaults(definitions)).toEqual([]);
  });

  it.each([
    ['"arn:aws:states:::lambda:invoke"', '"arn:aws:states:::lambda:invokes"', /lambda has no action Invokes/u],
    ['"FunctionName"', '"FunctionNames"', /Invoke lacks FunctionName/u],
    ['"Subject"', '"Subjekt"', /Publish has Subjekt, which is none of .*Subject/u],
    ['"arn:aws:states:::sns:publish"', '"arn:aws:states:::snss:publish"', /there is no service snss/u],
  ] as const)('would find %s misspelt', (right, wrong, message) => {
    const [definition = ''] = definitions;
    expect(definition).toContain(right);
    expect(String(taskFaults([definition.replace(right, wrong)]))).toMatch(message);
  });
});

describe('asl-validator', () => {
  it('finds nothing in the state machines', () => {
    // Of datasets, of batch scoring, of erasure and of training, in four environments.
    expect(definitions).toHaveLength(16);
    for (const definition of definitions) {
      const { isValid, errors } = validateStateMachine(JSON.parse(definition), { checkPaths: true, checkArn: true });
      expect({ isValid, errors }).toEqual({ isValid: true, errors: [] });
    }
  });

  interface State { readonly Type: string; readonly Next?: string; readonly Retry?: readonly unknown[]; readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[]; readonly TimeoutSeconds?: number; readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> } }

  /** A trainer that has failed fails again, and costs again: only a Glue that is busy is asked once more. */
  const triedOnce = new Set(['train', 'evaluate']);

  it('leaves no step without a retry and a way to tell that it failed', () => {
    for (const definition of definitions) {
      const { States } = JSON.parse(definition) as { States: Readonly<Record<string, State>> };
      const steps = Object.entries(States).filter(([name, { Type }]) => (Type === 'Task' || Type === 'Map') && name !== 'tell the alarm topic');
      expect(steps.length).toBeGreaterThan(2);
      for (const [, step] of steps) {
        expect(step.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'] }]);
        // Some say first which step it was.
        const to = step.Catch?.[0]?.Next ?? '';
        expect(States[to]?.Type === 'Pass' ? States[to].Next : to).toBe('tell the alarm topic');
      }
      // What runs in a map is caught by it.
      const tasks = [...steps.filter(([name]) => !triedOnce.has(name)).map(([, step]) => step).filter(({ Type }) => Type === 'Task'), ...steps.flatMap(([, { ItemProcessor }]) => Object.values(ItemProcessor?.States ?? {}).filter(({ Type }) => Type === 'Task'))];
      for (const task of tasks) {
        expect(task.Retry).toHaveLength(2);
        expect(task.TimeoutSeconds).toBeGreaterThan(0);
      }
    }
  });
});
