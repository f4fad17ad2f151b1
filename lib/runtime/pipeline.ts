import { DescribeExecutionCommand, ExecutionAlreadyExists, SFNClient, StartExecutionCommand, type ExecutionStatus } from '@aws-sdk/client-sfn';
import { executionNameOf, type BatchReference } from '../../core/dataset/batch';

/** How an execution of the pipeline ended. */
export interface ExecutionEnd { readonly status: ExecutionStatus; readonly error?: string; readonly cause?: string }

const executionArnOf = (machineArn: string, reference: BatchReference): string => `${machineArn.replace(':stateMachine:', ':execution:')}:${executionNameOf(reference)}`;

const attemptsAtMost = 100;

/**
 * Starts the first attempt, from `reference.attempt` on, whose name is free, or joins one that is running. A name that
 * was used cannot be used again for 90 days, whether its execution failed or not.
 *
 * @returns the attempt that runs now
 */
export const startOrJoin = async (client: SFNClient, machineArn: string, reference: BatchReference): Promise<BatchReference> => {
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
export const executionEnd = async (client: SFNClient, machineArn: string, reference: BatchReference, everyMilliseconds: number): Promise<ExecutionEnd> => {
  for (;;) {
    const { status, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn: executionArnOf(machineArn, reference) }));
    if (status !== undefined && status !== 'RUNNING') return { status, ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    await new Promise((resolve) => { setTimeout(resolve, everyMilliseconds); });
  }
};
