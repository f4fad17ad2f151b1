import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { fieldsOf, personalFieldsOf } from '../../core/erasure/personal-fields';
import type { ErasureReceipt } from '../../core/erasure/receipt';
import { isErasureName, readRequest, receiptKeyOf, requestKeyOf } from '../../core/erasure/request';
import { subjectProblem, type Subject } from '../../core/erasure/subject';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';

/** Time between two looks at an execution, milliseconds. */
const lookEvery = 2000;

const machineOf = ({ environment, names }: Context): string => `arn:aws:states:${environment.region}:${environment.account}:stateMachine:${names.stateMachine('erase-subject')}`;

/** A name that says when, and nothing of whom. */
const nameOf = (now: Date): string => `${now.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '').replace('T', '-')}-${randomBytes(4).toString('hex')}`;

/** What an erasure has written of itself; undefined before its first round is over. */
export const receiptOf = async ({ environment, names }: Context, erasure: string): Promise<ErasureReceipt | undefined> => {
  if (!isErasureName(erasure)) throw new CommandError(`'${erasure}' names no erasure: letters, digits and hyphens, at most 60.`, { exitCode: 2 });
  const text = await s3Objects(new S3Client({ region: environment.region }), names.bucket('curated')).get(receiptKeyOf(erasure));
  return text && JSON.parse(text.toString('utf8')) as ErasureReceipt;
};

/**
 * Begins an erasure, or a search alone. Whose data it is goes into an object that the erasure takes away, and into nothing that is kept.
 *
 * @returns its name
 * @throws CommandError when the subject cannot be looked for
 */
export const beginErasure = async (context: Context, given: Subject, { erases }: { readonly erases: boolean }): Promise<string> => {
  const { environment, names, manifest } = context;
  const personal = personalFieldsOf(manifest);
  const subject: Subject = given.fields === undefined ? given : { ...given, fields: fieldsOf(personal, given.fields) };
  const request = readRequest(JSON.stringify(subject));
  const problem = typeof request === 'string' ? request : subjectProblem(subject, personal.names, personal.numbered);
  if (problem !== undefined) throw new CommandError(`This subject cannot be looked for: ${problem}.`, { exitCode: 2 });
  const left = subject.fields === undefined ? [] : [...personal.names].filter((name) => subject.fields?.includes(name) === false).toSorted();
  if (left.length > 0) process.stderr.write(`looked for in ${subject.fields?.join(', ')}; not in ${left.join(', ')}\n`);
  if (personal.names.size === 0) process.stderr.write('no definition has a personal() field that holds a text or a whole number: what the definitions declare counts as nobody\'s, and stays\n');
  const erasure = nameOf(new Date());
  const [s3, place] = [new S3Client({ region: environment.region }), { Bucket: names.bucket('curated'), Key: requestKeyOf(erasure) }];
  const { VersionId } = await s3.send(new PutObjectCommand({ ...place, Body: JSON.stringify(subject), ContentType: 'application/json' }));
  try {
    await new SFNClient({ region: environment.region }).send(new StartExecutionCommand({ stateMachineArn: machineOf(context), name: erasure, input: JSON.stringify({ erasure, erases }) }));
  } catch (error) {
    // Nobody else would take it away before a month is over.
    await s3.send(new DeleteObjectCommand({ ...place, VersionId }));
    throw new CommandError(`The erasure could not be begun: ${error instanceof Error ? error.message : String(error)}`, { cause: error, next: `npx headrace deploy --env ${environment.name}, if its release has no erasure yet` });
  }
  return erasure;
};

const causeOf = (cause: string | undefined): string | undefined => {
  const text = /"(?:errorMessage|Cause)\\*":\s*\\*"([^"\\]+)/u.exec(cause ?? '')?.[1];
  return text ?? cause?.slice(0, 300);
};

/**
 * Waits for the end of an erasure.
 *
 * @returns its receipt
 * @throws CommandError when it failed before it could write one
 */
export const erasureEnd = async (context: Context, erasure: string): Promise<ErasureReceipt> => {
  const client = new SFNClient({ region: context.environment.region });
  const executionArn = `${machineOf(context).replace(':stateMachine:', ':execution:')}:${erasure}`;
  for (;;) {
    const { status, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== undefined && status !== 'RUNNING') {
      const receipt = await receiptOf(context, erasure);
      if (receipt !== undefined && receipt.outcome !== 'running') return receipt;
      throw new CommandError(`Erasure ${erasure} did not come to its end (${status}): ${causeOf(cause) ?? error ?? 'its execution says why'}`, { next: 'docs/runbook.md#erasure-failed' });
    }
    await sleep(lookEvery);
  }
};

/** Deletes what commands have fetched of raw and quarantine to this machine, and training sets that they have made of it: they do it anew. */
export const forgetFetched = ({ project, names }: Context): void => {
  for (const zone of ['raw', 'quarantine'] as const) rmSync(join(project.home, 'cache', zone, names.bucket(zone)), { recursive: true, force: true });
  rmSync(join(project.home, 'cache', 'training-sets'), { recursive: true, force: true });
};
