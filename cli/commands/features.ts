import type { Command } from 'commander';
import type { Row } from '../../core/expression/evaluate';
import { stateViewText } from '../../core/feature/entity-key';
import { statusAt } from '../../core/model/view-status';
import { decodeState, featuresAt, isAnswerable, momentOf, planView } from '../../core/window';
import { awsService } from '../../lib/runtime/aws-request';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf, requireConsent } from '../context';
import { momentOption } from '../moment-option';
import { compareCurrent, currentNamed, publishCurrent } from '../features/current';
import { explainView, explanationText } from '../features/explain';
import { explainRow, rowText } from '../features/explain-row';
import { fillFeatures } from '../features/fill';
import { publishHops, unseenHops } from '../features/flink';
import { keyFrom, viewNamed } from '../features/named';
import { comparisonText } from '../../lib/runtime/rebuild/compare';
import { compareViews } from '../features/compare';
import { publishGenerations } from '../features/publish';
import type { Progress } from '../features/rebuild-place';
import { flinkNamed, plansNamed, servingGeneration } from '../features/rebuild-place';
import { previewView } from '../features/preview';
import { progressBar } from '../progress';
import { projectIn } from '../project';
import { compileFiles } from './compile';

const momentFrom = (at: string | undefined): number | undefined => (at === undefined ? undefined : momentOption('--at', at));

/** Shows how far a piece of work is; the bar is gone when it ends. */
const withProgress = async <Result>(name: string, work: (report: Progress) => Promise<Result>): Promise<Result> => {
  const bar = progressBar(name);
  try { return await work(bar.update); } finally { bar.stop(); }
};

const minutesFrom = (text: string): number => {
  const minutes = Number(text);
  if (text.trim() === '' || !(minutes >= 0)) throw new CommandError(`--seam takes minutes from 0, such as 60; '${text}' was given.`, { exitCode: 2 });
  return minutes * 60_000;
};

/** Reads one item from the table and works its features out at a moment. */
const getFeatures = async (context: Context, name: string, keyText: string, at: number | undefined): Promise<Readonly<Record<string, unknown>>> => {
  const view = viewNamed(context.manifest, name);
  const plan = planView(context.manifest, view);
  const key = keyFrom(keyText, view, context.manifest);
  const entity = plan.entityKey(key);
  if (entity === undefined) throw new CommandError(`'${keyText}' is no key of ${view.entity}.`, { exitCode: 2 });
  const store = dynamoStateStore({ table: context.names.stateTable, service: awsService('dynamodb') });
  const [item] = await store.read([{ entity, view: stateViewText(view, await servingGeneration(context, view)) }]);
  const state = item && decodeState(plan, item.state);
  const moment = at ?? momentOf(Date.now(), [state]);
  if (!isAnswerable(state, moment)) throw new CommandError(`The state of ${keyText} holds events up to ${new Date(state?.newest ?? 0).toISOString()}: what it was at ${new Date(moment).toISOString()} can no longer be told from it.`, { next: 'leave --at out' });
  return { view: plan.name, entity: key, moment: new Date(moment).toISOString(), ...statusAt(plan, state, moment), bytes: item?.state.length ?? 0, features: featuresAt(plan, state, moment) };
};

export const registerFeatures = (program: Command): void => {
  const features = program.command('features').description('features and their state');

  features.command('fill')
    .description('fill every view from the history and the batches in raw, then have the aggregator read what comes in')
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const filled = await fillFeatures(context);
      const lines = filled.map(({ view, records, items, alreadyReady, waitsFor }) => (waitsFor !== undefined ? `${view}: waits for the first batch of ${waitsFor}` : alreadyReady ? `${view}: ready already` : items === 0 ? `${view}: ready` : `${view}: ${records} events or rows in ${items} items`));
      process.stdout.write(options.json ? `${JSON.stringify(filled)}\n` : `${lines.join('\n')}\nthe stream is being folded\n`);
      const said = unseenHops(context, filled);
      if (said !== undefined) process.stderr.write(`${said}\n`);
    });

  features.command('rebuild [views...]')
    .description('work the state of views out anew from raw and compare it with what is served; with --publish, serve it instead')
    .option('--publish', 'make a new generation from raw, while folding goes on, and change reads to it')
    .option('--seam <minutes>', 'with --publish: raw is complete so many minutes back, from where on the stream is read', '60')
    .option('--yes <environment>', 'the name of the environment, when it is protected')
    .option('--json', 'print the result as JSON')
    .action(async (views: readonly string[], options: { publish?: boolean; seam: string; yes?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const plans = plansNamed(context, views);
      if (options.publish) {
        requireConsent(context, options.yes, 'change what is served');
        const published = await withProgress('rebuild', async (report) => [...await publishCurrent(context, views, report), ...await publishHops(context, flinkNamed(context, views), report), ...await publishGenerations(context, plans, report, { seamBack: minutesFrom(options.seam) })]);
        process.stdout.write(options.json ? `${JSON.stringify(published)}\n` : `${published.map(({ view, generation, items, records }) => `${view}: generation ${generation} is served${items === undefined ? '' : `, ${records ?? 0} records or rows of raw in ${items} items`}`).join('\n')}\n`);
        return;
      }
      const found = await withProgress('compare', async (report) => [...await compareCurrent(context, views), ...await compareViews(context, plans, report)]);
      const passedOver = flinkNamed(context, views).map(({ name }) => `${name}: not compared, as Flink works it out, whose items do not say how far they go; with --publish, what raw holds is put into them`);
      process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : `${[...found.map(comparisonText), ...passedOver].join('\n')}\n`);
      if (found.some(({ differing }) => differing > 0)) process.exitCode = 1;
    });

  features.command('get <view> <key>')
    .description('the features of an entity, from its state item')
    .option('--at <time>', 'an earlier moment, such as 2001-06-01T12:00:00Z')
    .option('--json', 'print the result as JSON')
    .action(async (view: string, key: string, options: { at?: string; json?: boolean }, command: Command) => {
      const { features: values, ...about } = await getFeatures(contextOf(command), view, key, momentFrom(options.at));
      if (options.json) process.stdout.write(`${JSON.stringify({ ...about, features: values })}\n`);
      else process.stdout.write(`${Object.entries(about).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('\n')}\n${Object.entries(values as Row).map(([name, value]) => `  ${name.padEnd(24)} ${value ?? 'absent'}`).join('\n')}\n`);
    });

  features.command('explain <view> <key>')
    .description("how an entity's features come about: tiles, the events behind them, and each window; of a dataset, the row")
    .option('--at <time>', 'a moment after everything that was folded, such as 2001-06-01T12:00:00Z')
    .option('--json', 'print the result as JSON')
    .action(async (view: string, key: string, options: { at?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      if (currentNamed(context, [view]).length > 0) {
        const row = await explainRow(context, view, key);
        process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${rowText(row)}\n`);
        return;
      }
      const explained = await explainView(context, view, key, momentFrom(options.at));
      process.stdout.write(options.json ? `${JSON.stringify(explained, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n` : `${explanationText(explained)}\n`);
    });

  features.command('preview <view>')
    .description('run a view over a file of events, without deploying anything')
    .requiredOption('--events <file>', 'events as NDJSON (CloudEvents) or Parquet')
    .option('--key <key>', 'only this entity')
    .option('--at <time>', 'the moment, such as 2001-06-01T12:00:00Z; just after the last event unless given')
    .option('--json', 'print the result as JSON')
    .action(async (view: string, options: { events: string; key?: string; at?: string; json?: boolean }) => {
      const project = projectIn();
      const { manifest } = compileFiles(project, false);
      const preview = await previewView(project, manifest, view, options.events, options.key, momentFrom(options.at));
      if (options.json) { process.stdout.write(`${JSON.stringify(preview)}\n`); return; }
      const refused = Object.entries(preview.rejected).map(([reason, number]) => `  ${number} rejected: ${reason}\n`).join('');
      const entities = preview.entities.map(({ entity, events, features: values }) => `${entity}: ${events} events\n${Object.entries(values).map(([name, value]) => `  ${name.padEnd(24)} ${value ?? 'absent'}\n`).join('')}`);
      process.stdout.write(`${preview.view} at ${preview.moment}: ${preview.accepted} events accepted${preview.other > 0 ? `, ${preview.other} of them copies or none of this view's` : ''}\n${refused}${entities.join('')}`);
    });
};
