import { setTimeout } from 'node:timers/promises';
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Objects } from '../object-store';

/** A directory of a bucket in which a request stands, and an answer will. */
export interface RequestPlace { readonly region: string; readonly job: string; readonly bucket: string; readonly prefix: string }

const pollMilliseconds = 2_000;
const isOver = (state: string | undefined): boolean => state !== undefined && !['STARTING', 'RUNNING', 'WAITING', 'STOPPING'].includes(state);

/**
 * Has the Spark job do what a request asks for, and waits for its answer.
 *
 * @throws Error with what the run says when it fails
 */
export const runOnSpark = async ({ region, job, bucket, prefix }: RequestPlace, request: object): Promise<unknown> => {
  const [s3, glue] = [new S3Client({ region }), new GlueClient({ region })];
  const key = `${prefix}request.json`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(request), ContentType: 'application/json' }));
  const { JobRunId: run } = await glue.send(new StartJobRunCommand({ JobName: job, Arguments: { '--request': `s3://${bucket}/${key}` } }));
  for (;;) {
    const { JobRun: found } = await glue.send(new GetJobRunCommand({ JobName: job, RunId: run }));
    if (found?.JobRunState === 'SUCCEEDED') break;
    if (isOver(found?.JobRunState)) throw new Error(`The run ${run} of the Glue job ${job} ended as ${found?.JobRunState}: ${found?.ErrorMessage ?? 'it says nothing; its log does'}. Its request is s3://${bucket}/${key}.`);
    await setTimeout(pollMilliseconds);
  }
  const answer = await s3Objects(s3, bucket).get(`${prefix}answer.json`);
  if (!answer) throw new Error(`The run ${run} of the Glue job ${job} succeeded and left no answer in s3://${bucket}/${prefix}.`);
  return JSON.parse(answer.toString('utf8'));
};
