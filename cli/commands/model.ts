import type { Command } from 'commander';
import type { ModelMetadata } from '../../core/model/artefact';
import type { KeptVerdicts } from '../../core/model/kept-evaluation';
import type { Promotion, RoleChange, ServingRecord } from '../../core/model/roles';
import { roleOf } from '../../core/model/roles';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf, requireConsent } from '../context';
import { momentOption } from '../moment-option';
import { registerMonitoring } from './model-monitoring';
import { progressBar } from '../progress';
import { sampleOption } from '../sample-option';
import { promotionOption } from '../promotion-option';
import { endpointStatuses } from '../training/model-endpoints';
import { promoteModel, retireModel, rollBackModel, servingRecordOf } from '../training/model-roles';
import { gateText } from '../training/gate-text';
import { modelVersions, refusedVersions, reportAt, reportText } from '../training/model-report';
import { requireRegistered, trainFirst } from '../training/registered-version';
import { trainHere } from '../training/train-here';
import type { Trained } from '../training/train-model';
import { trainModel } from '../training/train-model';
import { registerModelScore } from './model-score';

const metric = (value: number | undefined): string => (value === undefined ? '-' : Number.isInteger(value) ? String(value) : value.toFixed(4));
const percent = (weight: number): string => `${Number((weight * 100).toPrecision(6))} %`;

const roleText = (record: ServingRecord | undefined, modelVersion: string): string => {
  const role = roleOf(record, modelVersion);
  return role === undefined ? '' : `  ${role}${role === 'challenger' ? ` of ${percent(record?.challenger?.weight ?? 0)}` : ''}`;
};

const versionLine = ({ modelVersion, createdAt, metrics }: Pick<ModelMetadata, 'modelVersion' | 'createdAt' | 'metrics'>, record?: ServingRecord): string =>
  `${modelVersion}  ${createdAt}  AUC ${metric(metrics['auc'])}  log loss ${metric(metrics['logLoss'])}  calibration error ${metric(metrics['calibrationError'])}${roleText(record, modelVersion)}`;

const refusedLine = ({ modelVersion, at, metrics }: KeptVerdicts): string => `${versionLine({ modelVersion, createdAt: at, metrics })}  refused by the gate`;

/** What answers, as people and programs read it; what was before is `history`. */
const rolesJson = ({ modelVersion, promotedAt, promotedBy, endpoint, challenger, shadows }: ServingRecord): Readonly<Record<string, unknown>> => ({
  modelVersion, promotedAt, ...(promotedBy === undefined ? {} : { promotedBy }), ...(endpoint === undefined ? {} : { endpoint }), challenger: challenger ?? null, shadows,
});

const since = ({ promotedAt, promotedBy }: Promotion): string => `since ${promotedAt}${promotedBy === undefined ? '' : ` by ${promotedBy}`}`;

/** By endpoint: what SageMaker says of it. */
type Statuses = Readonly<Record<string, string>>;
const endpointText = ({ endpoint }: Promotion, statuses: Statuses): string => (endpoint === undefined ? '' : `, on the endpoint ${endpoint}${statuses[endpoint] === undefined ? '' : ` (${statuses[endpoint]})`}`);

const rolesText = (record: ServingRecord, statuses: Statuses = {}): readonly string[] => [
  `champion    ${record.modelVersion}  ${since(record)}${endpointText(record, statuses)}`,
  ...(record.challenger ? [`challenger  ${record.challenger.modelVersion}  ${since(record.challenger)}, for ${percent(record.challenger.weight)} of the entities${endpointText(record.challenger, statuses)}`] : []),
  ...record.shadows.map((shadow) => `shadow      ${shadow.modelVersion}  ${since(shadow)}${endpointText(shadow, statuses)}`),
];

const changeText = ({ at, by, change, modelVersion, role, weight, replaced }: RoleChange): string =>
  `${at}  ${change} ${modelVersion}${change === 'promote' ? ` as ${role}` : ''}${weight === undefined ? '' : ` of ${percent(weight)}`}${replaced === undefined ? '' : ` in the place of ${replaced}`}${by === undefined ? '' : `, by ${by}`}`;

const printRecord = (name: string, record: ServingRecord, json: boolean | undefined): void => {
  process.stdout.write(json ? `${JSON.stringify(rolesJson(record))}\n` : `${name}\n${rolesText(record).map((each) => `  ${each}`).join('\n')}\n`);
};

const noVersions = (name: string): string => `${name} has no versions\nnext: ${trainFirst(name)}`;

/** The version that was asked for, by argument or option; the newest where none was. */
const wantedVersion = async (context: Context, name: string, argument: string | undefined, option: string | undefined): Promise<string> => {
  if (argument !== undefined && option !== undefined && argument !== option) throw new CommandError(`Two versions were given, ${argument} and ${option}; give one.`, { exitCode: 2 });
  const [versions, given] = [await modelVersions(context, name), argument ?? option];
  if (given !== undefined) await requireRegistered(context, name, given, versions);
  const version = given ?? versions.at(-1)?.modelVersion;
  if (version === undefined) throw new CommandError(`${name} has no versions.`, { next: trainFirst(name) });
  return version;
};

/** All that is known of a version, of one that the gate has refused too. */
const showVersion = async (context: Context, name: string, version: string | undefined, versions: readonly ModelMetadata[], record: ServingRecord | undefined, json: boolean | undefined): Promise<string> => {
  const found = versions.find(({ modelVersion }) => modelVersion === version);
  const refused = found === undefined && version !== undefined ? (await refusedVersions(context, name, versions)).find(({ modelVersion }) => modelVersion === version) : undefined;
  if (!found && !refused && version === undefined) throw new CommandError(`No version of ${name} was promoted.`, { next: versions.length === 0 ? trainFirst(name) : `npx headrace model promote ${name}` });
  if (!found && !refused) throw new CommandError(`${name} has no version ${version ?? ''}.`, { next: versions.length === 0 ? trainFirst(name) : `npx headrace model ls ${name}`, exitCode: 2 });
  const evaluation = found?.evaluation ?? refused;
  const report = evaluation === undefined ? undefined : await reportAt(context, evaluation.report);
  if (json) return JSON.stringify({ ...(found ? { ...found, role: roleOf(record, found.modelVersion) ?? null } : { ...refused, role: null }), ...(report === undefined ? {} : { report }) });
  return [
    ...(found ? [versionLine(found, record), ...(found.trainedBy === undefined ? [] : [`trained by ${found.trainedBy}`]), `learned from ${found.trainingSet?.learned.from ?? '-'} to ${found.trainingSet?.learned.to ?? '-'}, training set ${found.trainingSetHash}`, `trainer ${found.codeHash ?? '-'}, checksum ${found.checksum}`] : []),
    ...(refused ? [refusedLine(refused)] : []),
    ...(report && evaluation ? ['', ...reportText(report, evaluation.verdicts)] : []),
  ].join('\n');
};

const showModel = async (context: Context, name: string, { version, json }: { readonly version?: string; readonly json?: boolean }): Promise<string> => {
  const [versions, record] = [await modelVersions(context, name), await servingRecordOf(context, name)];
  if (version !== undefined || record === undefined) return showVersion(context, name, version, versions, record, json);
  const serving = versions.filter(({ modelVersion }) => roleOf(record, modelVersion) !== undefined);
  const endpoints = await endpointStatuses(context, record);
  if (json) return JSON.stringify({ ...rolesJson(record), endpoints, before: record.before, history: record.history, versions: serving });
  return [...rolesText(record, endpoints), '', ...serving.map((each) => versionLine(each, record)), '', ...[...record.history].reverse().map(changeText)].join('\n');
};

const consentOption = ['--yes <name>', 'the name of a protected environment, repeated'] as const;
const jsonOption = ['--json', 'print the result as JSON'] as const;

const registerChanges = (model: Command): void => {
  model.command('promote <model> [version]')
    .description('let a version answer, for all entities or a share of them, or predict beside the answers')
    .option('--version <id>', 'the version, as the argument; the newest, if left out')
    .option('--as <role>', 'champion: answers; challenger: answers for a share of the entities; shadow: is on the record and never answers', 'champion')
    .option('--weight <share>', 'the challenger\'s share of the entities; 0.1, if left out')
    .option(...consentOption)
    .option(...jsonOption)
    .action(async (name: string, argument: string | undefined, options: { version?: string; as: string; weight?: string; yes?: string; json?: boolean }, command: Command) => {
      const as = promotionOption(options.as, options.weight);
      const context = contextOf(command);
      requireConsent(context, options.yes, 'promote');
      printRecord(name, await promoteModel(context, name, await wantedVersion(context, name, argument, options.version), as), options.json);
    });

  model.command('retire <model> <version>')
    .description('end a challenger or a shadow, or the endpoint of a version without a role')
    .option(...consentOption)
    .option(...jsonOption)
    .action(async (name: string, version: string, options: { yes?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      requireConsent(context, options.yes, 'retire');
      printRecord(name, await retireModel(context, name, version), options.json);
    });

  model.command('rollback <model>')
    .description('let the champion of before answer again')
    .option(...consentOption)
    .option(...jsonOption)
    .action(async (name: string, options: { yes?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      requireConsent(context, options.yes, 'roll back');
      printRecord(name, await rollBackModel(context, name), options.json);
    });
};

const trainedText = (name: string, { metadata, already, promoted, says }: Trained): string =>
  `${already ? 'trained already: ' : ''}${versionLine(metadata)}\n${metadata.evaluation === undefined ? '' : gateText(metadata.evaluation).map((each) => `${each}\n`).join('')}${promoted === 'promoted' ? 'promoted by the rule of its definition\n' : `${says === undefined ? '' : `not promoted: ${says}\n`}next: npx headrace model promote ${name} ${metadata.modelVersion}\n`}`;

/** A pipeline does not end with the command that follows it. */
const goesOn = (execution: string): void => { process.stderr.write(`training ${execution}: it goes on by itself where this command is broken off, and the same command joins it\n`); };

/** `headrace model`. */
export const registerModel = (program: Command): void => {
  const model = program.command('model').description('models and their versions');

  model.command('train <model>')
    .description('train a version by the environment\'s pipeline, judge it on later rows and beside the champion, and register it if the gate lets it pass')
    .requiredOption('--from <date>', 'first moment to learn from, inclusive')
    .requiredOption('--to <date>', 'end of what is learned from, exclusive')
    .requiredOption('--evaluate-to <date>', 'end of what it is judged on, exclusive')
    .option('--evaluate-from <date>', 'first moment to judge on; --to, if left out')
    .option('--sample <part>', 'part of the rows to learn from and to judge on, such as 0.1, or by label true=1,false=0.1')
    .option('--here', 'run the same steps on this machine')
    .option(...jsonOption)
    .action(async (name: string, options: { from: string; to: string; evaluateFrom?: string; evaluateTo: string; sample?: string; here?: boolean; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const [from, to] = [momentOption('--from', options.from), momentOption('--to', options.to)];
      const [evaluateFrom, evaluateTo] = [options.evaluateFrom === undefined ? to : momentOption('--evaluate-from', options.evaluateFrom), momentOption('--evaluate-to', options.evaluateTo)];
      if (!(from < to && to <= evaluateFrom && evaluateFrom < evaluateTo))
        throw new CommandError('A model is judged on moments after those it learned from: --from < --to <= --evaluate-from < --evaluate-to.', { exitCode: 2 });
      const sample = options.sample === undefined ? undefined : sampleOption(options.sample);
      const bar = progressBar('model');
      const ranges = { from, to, evaluateFrom, evaluateTo };
      const trained: Trained = options.here ? { ...await trainHere(context, name, ranges, bar.update, sample).finally(bar.stop), promoted: 'by hand' } : await trainModel(context, name, ranges, bar.update, sample, goesOn).finally(bar.stop);
      process.stdout.write(options.json ? `${JSON.stringify({ ...trained.metadata, already: trained.already, promoted: trained.promoted })}\n` : trainedText(name, trained));
    });

  model.command('ls <model>')
    .description('the versions of a model')
    .option(...jsonOption)
    .action(async (name: string, options: { json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const [versions, record] = [await modelVersions(context, name), await servingRecordOf(context, name)];
      const refused = await refusedVersions(context, name, versions);
      process.stdout.write(options.json ? `${JSON.stringify(versions.map((each) => ({ ...each, champion: each.modelVersion === record?.modelVersion, role: roleOf(record, each.modelVersion) ?? null })))}\n`
        : `${[...versions.map((each) => versionLine(each, record)), ...refused.map(refusedLine)].join('\n') || noVersions(name)}\n`);
    });

  model.command('show <model>')
    .description('which versions serve, and who promoted what and when; or all that is known of a version')
    .option('--version <id>', 'a version')
    .option(...jsonOption)
    .action(async (name: string, options: { version?: string; json?: boolean }, command: Command) => {
      process.stdout.write(`${await showModel(contextOf(command), name, options)}\n`);
    });

  registerModelScore(model);
  registerChanges(model);
  registerMonitoring(model);
};
