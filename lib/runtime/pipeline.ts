import { DescribeExecutionCommand, ExecutionAlreadyExists, SFNClient, StartExecutionCommand, type ExecutionStatus } from '@aws-sdk/client-sfn';
import { executionNameOf, type BatchReference } from '../../core/dataset/batch';

/** What an execution of a pipeline is named by. */
type Attempt = Pick<BatchReference, 'batch' | 'attempt'>;

/** How an execution of a pipeline ended; `output` of one that succeeded. */
export interface ExecutionEnd { readonly status: ExecutionStatus; readonly output?: string; readonly error?: string; readonly cause?: string }

const executionArnOf = (machineArn: string, reference: Attempt): string => `${machineArn.replace(':stateMachine:', ':execution:')}:${executionNameOf(reference)}`;

const attemptsAtMost = 100;

/**
 * Starts the first attempt, from `reference.attempt` on, whose name is free, or joins one that is running. A name that
 * was used cannot be used again for 90 days, whether its execution failed or not.
 *
 * @returns the attempt that runs now
 */
export const startOrJoin = async <Reference extends Attempt>(client: SFNClient, machineArn: string, reference: Reference): Promise<Reference> => {
  for (let attempt = reference.attempt; attempt < reference.attempt + attemptsAtMost; attempt += 1) {
    const next = { ...reference, attempt };
    try {
      await client.send(new StartExecutionCommand({ stateMachineArn: machineArn, name: executionNameOf(next), input: JSON.stringify(next) }));
      return next;
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: executionArnOf(machineArn, next) }));
    if (status === 'RUNNING') return next;
  }
  throw new Error(`batch ${reference.batch} has failed ${attemptsAtMost} times; docs/runbook.md#pipeline-failed says how to find out why.`);
};

/**
 * Waits until an execution has ended.
 *
 * @param everyMilliseconds between two looks
 */
export const executionEnd = async (client: SFNClient, machineArn: string, reference: Attempt, everyMilliseconds: number): Promise<ExecutionEnd> => {
  for (;;) {
    const { status, error, cause, output } = await client.send(new DescribeExecutionCommand({ executionArn: executionArnOf(machineArn, reference) }));
    if (status !== undefined && status !== 'RUNNING') return { status, ...(output === undefined ? {} : { output }), ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    await new Promise((resolve) => { setTimeout(resolve, everyMilliseconds); });
  }
};
