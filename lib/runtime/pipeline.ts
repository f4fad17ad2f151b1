import { DescribeExecutionCommand, ExecutionAlreadyExists, SFNClient, StartExecutionCommand, type ExecutionStatus } from '@aws-sdk/client-sfn';
import { executionNameOf, type BatchReference } from '../../core/dataset/batch';

/** How an execution of a pipeline ended; its output, JSON, when it succeeded. */
export interface ExecutionEnd { readonly status: ExecutionStatus; readonly error?: string; readonly cause?: string; readonly output?: string }

/** What can be tried again, under a name of its own each time. */
interface Attempted { readonly attempt: number }

/** What an execution about a batch is named by. */
type Attempt = Pick<BatchReference, 'batch' | 'attempt'>;

/** ARN of an execution of a state machine. */
export const executionArnOf = (machineArn: string, name: string): string => `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

const attemptsAtMost = 100;

/**
 * Starts the first attempt, from `input.attempt` on, whose name is free, or joins one that is running. A name that
 * was used cannot be used again for 90 days, whether its execution failed or not.
 *
 * @param nameOf name of an attempt's execution
 * @returns the input of the attempt that runs now, and whether this call has started it
 */
export const startOrJoinExecution = async <Input extends Attempted>(client: SFNClient, machineArn: string, input: Input, nameOf: (input: Input) => string): Promise<{ readonly input: Input; readonly started: boolean }> => {
  for (let attempt = input.attempt; attempt < input.attempt + attemptsAtMost; attempt += 1) {
    const next = { ...input, attempt };
    try {
      await client.send(new StartExecutionCommand({ stateMachineArn: machineArn, name: nameOf(next), input: JSON.stringify(next) }));
      return { input: next, started: true };
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: executionArnOf(machineArn, nameOf(next)) }));
    if (status === 'RUNNING') return { input: next, started: false };
  }
  throw new Error(`${nameOf(input)} and the ${attemptsAtMost - 1} attempts after it have ended; docs/runbook.md says how to find out why they failed.`);
};

/** Starts an attempt at a batch, or joins one, see {@link startOrJoinExecution}. */
export const startOrJoin = async <Reference extends Attempt>(client: SFNClient, machineArn: string, reference: Reference): Promise<Reference> =>
  (await startOrJoinExecution(client, machineArn, reference, executionNameOf)).input;

/**
 * Waits until an execution has ended.
 *
 * @param everyMilliseconds between two looks
 * @param onLook called after each look that finds it running
 */
export const executionEndOf = async (client: SFNClient, executionArn: string, everyMilliseconds: number, onLook: () => Promise<void> = () => Promise.resolve()): Promise<ExecutionEnd> => {
  for (;;) {
    const { status, error, cause, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== undefined && status !== 'RUNNING') return { status, ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }), ...(output === undefined ? {} : { output }) };
    await onLook();
    await new Promise((resolve) => { setTimeout(resolve, everyMilliseconds); });
  }
};

/** Waits until the execution of a batch has ended. */
export const executionEnd = (client: SFNClient, machineArn: string, reference: Attempt, everyMilliseconds: number): Promise<ExecutionEnd> =>
  executionEndOf(client, executionArnOf(machineArn, executionNameOf(reference)), everyMilliseconds);
