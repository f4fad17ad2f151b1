import { setTimeout } from 'node:timers/promises';
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** A directory of a bucket in which a request stands, and an answer will. */
export interface RequestPlace { readonly region: string; readonly job: string; readonly bucket: string; readonly prefix: string }

const pollMilliseconds = 2_000;
const isOver = (state: string | undefined): boolean => state !== undefined && !['STARTING', 'RUNNING', 'WAITING', 'STOPPING'].includes(state);

/**
 * Puts a request where the Spark job is to read it, and its answer will be.
 *
 * @returns its URI
 */
export const putRequest = async ({ region, bucket, prefix }: Omit<RequestPlace, 'job'>, request: object): Promise<string> => {
  const key = `${prefix}request.json`;
  await new S3Client({ region }).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(request), ContentType: 'application/json' }));
  return `s3://${bucket}/${key}`;
};

/**
 * Has the Spark job do what a request asks for, and waits until it is done.
 *
 * @throws Error with what the run says when it fails
 */
export const runOnSpark = async ({ region, job, bucket, prefix }: RequestPlace, request: object): Promise<void> => {
  const glue = new GlueClient({ region });
  const uri = await putRequest({ region, bucket, prefix }, request);
  const { JobRunId: run } = await glue.send(new StartJobRunCommand({ JobName: job, Arguments: { '--request': uri } }));
  for (;;) {
    const { JobRun: found } = await glue.send(new GetJobRunCommand({ JobName: job, RunId: run }));
    if (found?.JobRunState === 'SUCCEEDED') return;
    if (isOver(found?.JobRunState)) throw new Error(`The run ${run} of the Glue job ${job} ended as ${found?.JobRunState}: ${found?.ErrorMessage ?? 'it says nothing; its log does'}. Its request is ${uri}.`);
    await setTimeout(pollMilliseconds);
  }
};
