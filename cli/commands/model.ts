import type { Command } from 'commander';
import type { ModelMetadata } from '../../core/model/artefact';
import { CommandError } from '../command-error';
import { contextOf, requireConsent } from '../context';
import { momentOption } from '../moment-option';
import { progressBar } from '../progress';
import { championOf, modelVersions, promoteModel, trainModel } from '../training/model-versions';

const metric = (value: number | undefined): string => (value === undefined ? '-' : Number.isInteger(value) ? String(value) : value.toFixed(4));
const line = ({ modelVersion, createdAt, metrics }: ModelMetadata, champion: string | undefined): string =>
  `${modelVersion}  ${createdAt}  AUC ${metric(metrics['auc'])}  log loss ${metric(metrics['logLoss'])}${modelVersion === champion ? '  champion' : ''}`;

export const registerModel = (program: Command): void => {
  const model = program.command('model').description('models and their versions');

  model.command('train <model>')
    .description('train a version, judge it on later rows, and keep it in the models zone')
    .requiredOption('--from <date>', 'first moment to learn from, inclusive')
    .requiredOption('--to <date>', 'last moment to learn from, exclusive')
    .requiredOption('--evaluate-to <date>', 'last moment to judge on, exclusive')
    .option('--evaluate-from <date>', 'first moment to judge on; --to, if left out')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: { from: string; to: string; evaluateFrom?: string; evaluateTo: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const [from, to] = [momentOption('--from', options.from), momentOption('--to', options.to)];
      const [evaluateFrom, evaluateTo] = [options.evaluateFrom === undefined ? to : momentOption('--evaluate-from', options.evaluateFrom), momentOption('--evaluate-to', options.evaluateTo)];
      if (!(from < to && to <= evaluateFrom && evaluateFrom < evaluateTo))
        throw new CommandError('A model is judged on moments after those it learned from: --from < --to <= --evaluate-from < --evaluate-to.', { exitCode: 2 });
      const bar = progressBar('model');
      const { metadata, already } = await trainModel(context, name, { from, to, evaluateFrom, evaluateTo }, bar.update);
      bar.stop();
      process.stdout.write(options.json ? `${JSON.stringify({ ...metadata, already })}\n`
        : `${already ? 'trained already: ' : ''}${line(metadata, undefined)}\nnext: npx headrace model promote ${name} --version ${metadata.modelVersion}\n`);
    });

  model.command('ls <model>')
    .description('the versions of a model')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: { json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const [versions, champion] = [await modelVersions(context, name), await championOf(context, name)];
      process.stdout.write(options.json ? `${JSON.stringify(versions.map((each) => ({ ...each, champion: each.modelVersion === champion?.modelVersion })))}\n`
        : `${versions.map((each) => line(each, champion?.modelVersion)).join('\n') || 'no versions'}\n`);
    });

  model.command('show <model>')
    .description('all that is known of a version')
    .option('--version <id>', 'the version; the champion, if left out')
    .action(async (name: string, options: { version?: string }, command: Command) => {
      const context = contextOf(command);
      const wanted = options.version ?? (await championOf(context, name))?.modelVersion;
      const found = (await modelVersions(context, name)).find(({ modelVersion }) => modelVersion === wanted);
      if (!found) throw new CommandError(wanted === undefined ? `No version of ${name} was promoted.` : `${name} has no version ${wanted}.`, { next: `npx headrace model ls ${name}`, exitCode: 2 });
      process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
    });

  model.command('promote <model>')
    .description('let a version answer')
    .option('--version <id>', 'the version; the newest, if left out')
    .option('--yes <name>', 'the name of a protected environment, repeated')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: { version?: string; yes?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      requireConsent(context, options.yes, 'promote');
      const version = options.version ?? (await modelVersions(context, name)).at(-1)?.modelVersion;
      if (version === undefined) throw new CommandError(`${name} has no versions.`, { next: `npx headrace model train ${name} --from … --to … --evaluate-to …`, exitCode: 2 });
      const champion = await promoteModel(context, name, version);
      process.stdout.write(options.json ? `${JSON.stringify(champion)}\n` : `version ${champion.modelVersion} of ${name} answers since ${champion.promotedAt}\n`);
    });
};
