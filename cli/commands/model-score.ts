import type { Command } from 'commander';
import { CommandError } from '../command-error';
import { contextOf } from '../context';
import { momentOption } from '../moment-option';
import type { ScoringResult } from '../scoring/score-model';
import { copyPredictions, scoreModel } from '../scoring/score-model';

interface ScoreCommandOptions { readonly examples?: string; readonly knownEntities?: boolean; readonly at?: string; readonly modelVersion?: string; readonly request?: string; readonly out?: string; readonly json?: boolean }

const resultText = ({ batch, model, modelVersion, table, rows, scored, unpredicted, refused, refusedKey, result }: ScoringResult, out: string | undefined): readonly string[] => [
  `${batch}: ${scored} of ${rows} rows predicted by ${modelVersion} of ${model}${result === 'present' ? '; they were in the table before' : ''}`,
  ...(unpredicted > 0 ? [`  without a prediction, as inputs are missing: ${unpredicted}`] : []),
  ...Object.entries(refused).map(([reason, count]) => `  refused, ${reason}: ${count}`),
  ...(refusedKey === null ? [] : [`  which, and why: ${refusedKey} in the features bucket`]),
  ...(out === undefined ? [] : [`  ${out}`]),
  `next: npx headrace sql "SELECT * FROM ${table} WHERE _batch_id = '${batch}'"`,
];

/** `headrace model score`. */
export const registerModelScore = (model: Command): void => {
  model.command('score <model>')
    .description('predict many rows by the batch scoring pipeline, into the table of the model\'s predictions')
    .option('--examples <file>', 'the rows, as Parquet, CSV or NDJSON: the keys of their entities as slot.key, request fields by name, and moment and id if they have them')
    .option('--known-entities', 'no file: every entity that the model\'s views know, of a model with one slot')
    .option('--at <moment>', 'the moment of all rows; that of each row, or now, if left out')
    .option('--model-version <id>', 'the version that predicts; the champion, if left out')
    .option('--request <name>', 'name of the request: the same name with the same rows is scored once')
    .option('--out <file>', 'where to put the predictions as Parquet, too')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, { examples, knownEntities, at, modelVersion, request, out, json }: ScoreCommandOptions, command: Command) => {
      if ((examples === undefined) !== (knownEntities === true)) throw new CommandError('Which rows? Give --examples FILE, or --known-entities for every entity that the model\'s views know.', { exitCode: 2 });
      const context = contextOf(command);
      const result = await scoreModel(context, name, { ...(examples === undefined ? {} : { file: examples }), ...(at === undefined ? {} : { at: momentOption('--at', at) }), ...(modelVersion === undefined ? {} : { modelVersion }), ...(request === undefined ? {} : { request }) });
      if (out !== undefined) await copyPredictions(context, result, out);
      process.stdout.write(json ? `${JSON.stringify({ ...result, ...(out === undefined ? {} : { file: out }) })}\n` : `${resultText(result, out).join('\n')}\n`);
    });
};
