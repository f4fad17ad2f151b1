import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { isoText } from '../../core/event/time';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { isScoringBatch, scoredKey, scoringRowsKey, type BegunScoring, type ScoredRows, type ScoringRequest } from '../../core/scoring/request';
import { givenFormatOf } from '../../core/training/given-rows';
import { knownEntitiesProblem } from '../../core/training/known-entities';
import { textLiteral } from '../../core/training/sql';
import { withDatabase } from '../../lib/runtime/duckdb';
import { s3Objects } from '../../lib/runtime/object-store';
import { executionEnd, startOrJoin } from '../../lib/runtime/pipeline';
import { openGiven } from '../../lib/runtime/training/given';
import { fileHash } from '../../lib/runtime/file-hash';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { executionFault } from '../execution-fault';
import { servingRecordOf } from '../training/model-roles';
import { requireRegistered } from '../training/registered-version';
import { modelNamed, orRefused } from '../training/training-set';

/** How often a running execution is looked at, milliseconds. */
const lookEvery = 500;

export interface ScoreOptions {
  /** The rows: Parquet, CSV or NDJSON. Left out: every entity that the model's views know. */
  readonly file?: string;
  /** Epoch milliseconds, of all rows; their own, or now, where it is left out. */
  readonly at?: number;
  readonly modelVersion?: string;
  /** Name of the request; one of the model, the file and now, where it is left out. */
  readonly request?: string;
}

/** What an execution tells at its end. */
export interface ScoringResult extends BegunScoring, Omit<ScoredRows, 'parts' | 'rawHash'> {
  /** ISO 8601. */
  readonly scoredAt: string;
  /** Of those scored: rows that the model does not predict without their inputs. */
  readonly unpredicted: number;
  /** `present`: the table had the rows of this request before. */
  readonly result: 'committed' | 'present';
}

const endingOf = (file: string): string => /\.((?:parquet|csv|ndjson|jsonl)(?:\.gz)?)$/iu.exec(file)?.[1]?.toLowerCase() ?? '';

/** `20010131T180000Z` */
const compact = (moment: number): string => isoText(moment).replaceAll(/[-:]|\.\d+/gu, '');

const requestName = async (model: string, { file, request }: ScoreOptions): Promise<string> => {
  if (request !== undefined && !isScoringBatch(request)) throw new CommandError(`A request cannot be called '${request}'; a letter or digit, then letters, digits, - and _, 64 at most.`, { exitCode: 2 });
  return request ?? `${model.slice(0, 30)}-${compact(Date.now())}-${file === undefined ? 'known' : (await fileHash(file)).slice(0, 8)}`;
};

/** What is wrong with a request for predictions before anything is begun; undefined when nothing is. */
export const scoringProblem = (model: ModelDefinition, { file, at }: ScoreOptions, now: number): string | undefined => {
  if (at !== undefined && at > now) return `--at ${isoText(at)} is later than now; what will be known then is not known yet.`;
  if (file === undefined) return knownEntitiesProblem(model);
  if (!existsSync(file)) return `There is no file ${file}.`;
  return givenFormatOf(file) === undefined ? `The format of ${file} is not known; its name must end in .parquet, .csv, .ndjson or .jsonl, or .gz after it.` : undefined;
};

/** Looks whether a file holds rows of a model, as the pipeline does. @throws CommandError when it does not */
export const checkRows = async ({ project, manifest }: Pick<Context, 'project' | 'manifest'>, model: ModelDefinition, file: string, at: number | undefined): Promise<void> => {
  const directory = join(project.home, 'cache', 'scoring-rows');
  mkdirSync(directory, { recursive: true });
  await orRefused(() => withDatabase(directory, (database) => openGiven(database, manifest, model, { file, name: file, hasLabel: false, otherwise: Date.now(), ...(at === undefined ? {} : { moment: at }) })));
};

/**
 * Puts rows into the landing bucket, and lets the state machine score them. A request of the same name with the same rows is
 * the same: its rows are scored, and written, once.
 *
 * @throws CommandError when they could not be scored
 */
export const scoreModel = async (context: Context, name: string, options: ScoreOptions): Promise<ScoringResult> => {
  const { environment, names, manifest } = context;
  const model = modelNamed(manifest, name);
  const { file, at, modelVersion } = options;
  // The pipeline would say so too, after it has begun: as an execution that failed, which somebody is called for.
  const problem = scoringProblem(model, options, Date.now());
  if (problem !== undefined) throw new CommandError(problem, { exitCode: 2 });
  if (modelVersion !== undefined) await requireRegistered(context, name, modelVersion);
  if (modelVersion === undefined && await servingRecordOf(context, name) === undefined)
    throw new CommandError(`No version of ${name} was promoted, and none was given by --model-version.`, { next: `npx headrace model promote ${name}, or npx headrace model ls ${name} for --model-version` });
  if (file !== undefined) await checkRows(context, model, file, at);
  const batch = await requestName(model.name, options);
  const rows = file === undefined ? undefined : scoringRowsKey(batch, endingOf(file));
  if (file !== undefined) await new S3Client({ region: environment.region }).send(new PutObjectCommand({ Bucket: names.bucket('landing'), Key: rows, Body: createReadStream(file), ContentLength: (await stat(file)).size }));
  const machine = `arn:aws:states:${environment.region}:${environment.account}:stateMachine:${names.stateMachine('batch-scoring')}`;
  const first: ScoringRequest & { readonly entities?: 'known' } = { batch, model: versionedName(model), attempt: 1, ...(rows === undefined ? { entities: 'known' } : { rows }), ...(modelVersion === undefined ? {} : { modelVersion }), ...(at === undefined ? {} : { moment: isoText(at) }) };
  const client = new SFNClient({ region: environment.region });
  const request = await startOrJoin(client, machine, first);
  process.stderr.write(`request ${batch}, attempt ${request.attempt}\n`);
  const { status, error, cause, output } = await executionEnd(client, machine, request, lookEvery);
  if (status !== 'SUCCEEDED' || output === undefined) throw new CommandError(`The request ${batch} was not scored (${status}): ${executionFault(cause) ?? error ?? 'its execution says why'}`, { next: 'docs/runbook.md#scoring-failed says how to find out why' });
  return JSON.parse(output) as ScoringResult;
};

/** Writes what was predicted for a request into one Parquet file. */
export const copyPredictions = async ({ environment, names, project }: Context, { folder, batch }: BegunScoring, target: string): Promise<void> => {
  const features = s3Objects(new S3Client({ region: environment.region }), names.bucket('features'));
  const read = async (key: string): Promise<Buffer> => {
    const bytes = await features.get(key);
    if (bytes === undefined) throw new CommandError(`${key} is not in the features zone any more.`, { next: `npx headrace sql "SELECT * FROM predictions_… WHERE _batch_id = '${batch}'"` });
    return bytes;
  };
  const { parts } = JSON.parse((await read(scoredKey(folder))).toString('utf8')) as ScoredRows;
  if (parts.length === 0) throw new CommandError(`The request ${batch} has no predictions to write to ${target}: none of its rows was one of the model.`);
  mkdirSync(join(project.home, 'cache'), { recursive: true });
  const directory = mkdtempSync(join(project.home, 'cache', 'predictions-'));
  try {
    const files: string[] = [];
    for (const [index, key] of parts.entries()) {
      files.push(join(directory, `${index}.parquet`));
      writeFileSync(files.at(-1) ?? '', await read(key));
    }
    await withDatabase(directory, (database) => database.run({ step: 'writing the predictions', sql: `COPY (SELECT * FROM read_parquet([${files.map(textLiteral).join(', ')}])) TO ${textLiteral(target)} (FORMAT parquet, COMPRESSION zstd)` }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
