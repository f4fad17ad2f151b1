import type { Row, Value } from '../../../core/expression/evaluate';
import { sparkViewPlan } from '../../../core/training/spark/view-plan';
import { given } from '../../fixtures/flights';
import type { SparkProcess } from '../../glue-jobs/headrace_spark/support/spark-process';
import { windowCases, type WindowCase } from '../window-cases';
import { pointLines, recordLines } from './spark-records';
import { manifest, plan, source, view, type Features } from './window-engines';

/** Every case in one world: a case's entities are apart from those of the others, and so are its identities. */
export const windowed: readonly WindowCase[] = windowCases.map((each, index) => ({ ...each, key: { name: `${index} ${each.key.name}`, number: each.key.number },
  events: each.events.map((event) => ({ ...event, id: `${index} ${event.id}`, row: { ...event.row, name: `${index} ${String(event.row['name'])}` } as Row })) }));

/** The text of a key as training sets have it, without the entity's name. */
export const entityText = (key: WindowCase['key']): string => given(plan.entityKey(key)).replace(/^gate\|/u, '');

/** All cases in one plan of Spark: the features of each by its entity. */
export const windowsOnSpark = async (spark: SparkProcess, directory: string): Promise<ReadonlyMap<string, Features>> => {
  const moments = windowed.map(({ at }) => at);
  const rows = await spark.ask<readonly Readonly<Record<string, Value>>[]>('rows', {
    records: recordLines(directory, 'records', source.fields, windowed.flatMap(({ events }) => events.map(({ time, ...rest }) => ({ ...rest, effective: time })))),
    points: pointLines(directory, 'points', windowed.map(({ key, at }) => ({ entity: entityText(key), moment: at }))),
  }, sparkViewPlan(view, given(manifest.entities['gate']), { records: 'records', points: 'points', values: 'found', earliest: Math.min(...moments), latest: Math.max(...moments) + 1 }), 'SELECT * FROM found');
  return new Map(rows.map(({ entity, moment: _moment, ...values }) => [String(entity), Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace(/^feature:/u, ''), value]))]));
};
