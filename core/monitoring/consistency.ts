import { isoText } from '../event/time';
import type { Value } from '../expression/evaluate';
import { nodesIn } from '../expression/walk';
import type { EntityDefinition, ModelDefinition, VersionedName } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { inputsOf } from '../model/inputs';
import type { FeatureValues } from '../window';
import type { LoggedPrediction } from './logged-prediction';

/** A value of an input that is not what raw gives at the watermarks that were logged with it. */
export interface ValueDifference {
  readonly predictionId: string;
  /** ISO 8601. */
  readonly moment: string;
  readonly modelVersion: string;
  readonly input: string;
  readonly logged: Value;
  readonly folded: Value;
}

/** What the check of one input came to. */
export interface InputConsistency {
  readonly input: string;
  /** What it reads, `slot.view@v1.feature`. */
  readonly features: readonly string[];
  readonly values: number;
  /** Values that differ from the fold at the watermarks: there must be none. */
  readonly differing: number;
  /** Values that differ from what was known before the moment: what a training set would have. Events that were on their way make them. */
  readonly lagging: number;
  /** By how much these differ, where both are numbers; null where none are. */
  readonly meanLag: number | null;
  readonly largestLag: number | null;
}

/** What the check of a model's logged predictions came to. */
export interface ConsistencyReport {
  readonly model: VersionedName;
  /** ISO 8601, the predictions that arrived in `[from, to)`. */
  readonly from: string;
  readonly to: string;
  /** In the log; of more than are looked at in one run, those whose identities come first by a hash. */
  readonly predictions: number;
  readonly checked: number;
  /** Made without their features, as these were not read in time. */
  readonly unread: number;
  /** Not checked, as raw does not reach their watermarks yet or holds them no more. */
  readonly uncovered: number;
  readonly values: number;
  readonly differing: number;
  readonly lagging: number;
  readonly inputs: readonly InputConsistency[];
  /** Inputs that put features together with what the request said, which the log does not have, or that read views of Flink's, whose states have no watermarks. */
  readonly unchecked: readonly string[];
  readonly examples: readonly ValueDifference[];
}

/** A logged prediction with the features of its views: from a fold at its watermarks, and as they were known before its moment; by `slot.view@v1`. */
export interface CheckedPrediction {
  readonly logged: LoggedPrediction;
  readonly folded: ReadonlyMap<string, FeatureValues>;
  readonly known: ReadonlyMap<string, FeatureValues>;
}

/** An input that reads features, and where the request fields that it reads beside them stand in the log. */
interface ReadInput { readonly index: number; readonly input: string; readonly features: readonly string[]; readonly lookups: readonly string[]; readonly isKnown: boolean }

const readInputs = (model: ModelDefinition, requested: ReadonlyMap<string, number>): readonly ReadInput[] => model.inputs.flatMap(({ name, expression }, index) => {
  const read = nodesIn(expression);
  const found = read.flatMap((node) => (node.kind === 'feature' ? [node] : []));
  if (found.length === 0) return [];
  const lookups = [...new Set(found.map(({ slot, view, version }) => `${slot}.${versionedName({ name: view, version })}`))];
  return [{ index, input: name, lookups, features: [...new Set(found.map(({ slot, view, version, feature }) => `${slot}.${versionedName({ name: view, version })}.${feature}`))],
    isKnown: read.every((node) => node.kind !== 'request' || requested.has(node.name)) }];
});

/** The same value: what is absent equals what is absent, and the zeros are one. */
const isSameValue = (left: Value, right: Value): boolean => left === right || (typeof left === 'number' && typeof right === 'number' && Number.isNaN(left) && Number.isNaN(right));

interface Counted { values: number; differing: number; lagging: number; numbers: number; lag: number; largest: number }

const examplesShown = 20;

/**
 * Compares logged inputs with what raw gives, one prediction after another.
 *
 * @param unmarked views whose states have no watermarks, as Flink works them out: inputs that read them are not checked
 */
export const consistencyCheck = (model: ModelDefinition, unmarked: ReadonlySet<string> = new Set()) => {
  const assemble = inputsOf(model);
  const requested = new Map(model.inputs.flatMap(({ expression }, index) => (expression.kind === 'request' && !(model.request[expression.name]?.personal ?? false) ? [[expression.name, index] as const] : [])));
  const all = readInputs(model, requested);
  const isMarked = ({ lookups }: ReadInput): boolean => !lookups.some((lookup) => unmarked.has(lookup.slice(lookup.indexOf('.') + 1)));
  const read = all.filter(isMarked);
  const counts = new Map(read.map(({ input }): [string, Counted] => [input, { values: 0, differing: 0, lagging: 0, numbers: 0, lag: 0, largest: 0 }]));
  const examples: ValueDifference[] = [];
  let checked = 0;

  const inputsFrom = ({ inputs }: LoggedPrediction, features: ReadonlyMap<string, FeatureValues>): readonly Value[] => assemble({
    request: Object.fromEntries([...requested].map(([name, index]) => [name, inputs[index] ?? null])),
    feature: ({ slot, view, version, feature }) => features.get(`${slot}.${versionedName({ name: view, version })}`)?.[feature] ?? null,
  });

  const differs = (logged: LoggedPrediction, input: string, count: Counted, value: Value, fold: Value): void => {
    count.differing += 1;
    if (examples.length < examplesShown) examples.push({ predictionId: logged.predictionId, moment: isoText(logged.moment), modelVersion: logged.modelVersion, input, logged: value, folded: fold });
  };

  return {
    /** One without watermarks: what no state was read for has no feature. A value there was read, and nobody can say from what. */
    addUnread: (logged: LoggedPrediction): void => {
      const absent = inputsFrom(logged, new Map());
      for (const { index, input, isKnown } of read) {
        const [count, value, fold] = [counts.get(input), logged.inputs[index] ?? null, absent[index] ?? null];
        if (!count || !isKnown || isSameValue(value, fold)) continue;
        count.values += 1;
        differs(logged, input, count, value, fold);
      }
    },
    add: ({ logged, folded, known }: CheckedPrediction): void => {
      checked += 1;
      const [atWatermarks, atMoment] = [inputsFrom(logged, folded), inputsFrom(logged, known)];
      for (const { index, input, lookups, isKnown } of read) {
        const count = counts.get(input);
        if (!count || !isKnown) continue;
        const [value, fold, before] = [logged.inputs[index] ?? null, atWatermarks[index] ?? null, atMoment[index] ?? null];
        count.values += 1;
        if (!isSameValue(value, fold)) differs(logged, input, count, value, fold);
        if (isSameValue(value, before) || !lookups.every((lookup) => known.has(lookup))) continue;
        count.lagging += 1;
        if (typeof value !== 'number' || typeof before !== 'number') continue;
        const lag = Math.abs(value - before);
        count.numbers += 1;
        count.lag += lag;
        count.largest = Math.max(count.largest, lag);
      }
    },
    result: (about: Pick<ConsistencyReport, 'from' | 'to' | 'predictions' | 'unread' | 'uncovered'>): ConsistencyReport => {
      const inputs = read.filter(({ isKnown }) => isKnown).map(({ input, features }): InputConsistency => {
        const { values, differing, lagging, numbers, lag, largest } = counts.get(input) ?? { values: 0, differing: 0, lagging: 0, numbers: 0, lag: 0, largest: 0 };
        return { input, features, values, differing, lagging, meanLag: numbers === 0 ? null : lag / numbers, largestLag: numbers === 0 ? null : largest };
      });
      const sum = (pick: (each: InputConsistency) => number): number => inputs.reduce((total, each) => total + pick(each), 0);
      return {
        model: versionedName(model), ...about, checked, values: sum(({ values }) => values), differing: sum(({ differing }) => differing), lagging: sum(({ lagging }) => lagging),
        inputs, unchecked: all.filter((each) => !each.isKnown || !isMarked(each)).map(({ input }) => input), examples,
      };
    },
  };
};

/** A report as a log may keep it, which no erasure reaches: where the key of an entity is personal it does not say what was known of whom. */
export const withoutPersonalValues = (report: ConsistencyReport, model: ModelDefinition, entities: Readonly<Record<string, Pick<EntityDefinition, 'key'>>>): ConsistencyReport => {
  const isPersonal = Object.values(model.entities).some((name) => Object.values(entities[name]?.key ?? {}).some(({ personal }) => personal)) || Object.values(model.request).some(({ personal }) => personal);
  return isPersonal ? { ...report, examples: report.examples.map((each) => ({ ...each, logged: '…', folded: '…' })) } : report;
};

const valueText = (value: Value): string => (value === null ? 'absent' : String(value));

/** What the comparison says, in words: where no value was compared it says nothing, which is not that there is no difference. */
export const differenceText = ({ values, differing }: Pick<ConsistencyReport, 'values' | 'differing'>): string => (differing > 0 ? `${differing.toLocaleString('en')} differ` : values > 0 ? 'no difference' : 'nothing was compared');

/** The lines that tell a person what a check came to. */
export const consistencyText = ({ model, from, to, predictions, checked, unread, uncovered, values, differing, lagging, inputs, unchecked, examples }: ConsistencyReport): string => (predictions === 0 ? `${model}, predictions from ${from} to ${to}: none in the log; what is sampled gets there some minutes after it was predicted, and --from and --to choose another time` : [
  `${model}, predictions from ${from} to ${to}: ${predictions} in the log, ${checked} checked${unread > 0 ? `, ${unread} made without their features` : ''}${uncovered > 0 ? `, ${uncovered} not checked, as raw does not hold all that their state had folded` : ''}`,
  `  ${values} values against raw at their watermarks: ${differenceText({ values, differing })}`,
  `  ${lagging} values are not what was known before their moment: events were on their way`,
  ...inputs.filter((each) => each.differing > 0 || each.lagging > 0).map((each) =>
    `  ${each.input} (${each.features.join(', ')}): ${each.differing} of ${each.values} differ; ${each.lagging} lag${each.meanLag === null ? '' : `, by ${each.meanLag.toPrecision(3)} on average and ${each.largestLag?.toPrecision(3) ?? ''} at most`}`),
  ...(unchecked.length > 0 ? [`  not checked, as they read request fields that the log does not have, or views that Flink works out: ${unchecked.join(', ')}`] : []),
  ...examples.map((each) => `  ${each.predictionId} at ${each.moment} by ${each.modelVersion}: ${each.input} was logged as ${valueText(each.logged)}, raw gives ${valueText(each.folded)}`),
].join('\n'));

/** Whether predictions read features, and not one value of these could be held against raw: no difference was found, as nobody could have found one. */
const isUnwatched = ({ predictions, unread, inputs, values }: ConsistencyReport): boolean => predictions > unread && inputs.length > 0 && values === 0;

/** The metrics of checks: values that differ, values that lag, predictions that were not checked, be it that raw does not reach them or that they have no watermarks, and models of which no value was compared. */
export const consistencyMetrics = (reports: readonly ConsistencyReport[]): Readonly<Record<'FeatureValuesDiffer' | 'FeatureValuesBehind' | 'PredictionsUnchecked' | 'ModelsUnwatched', number>> => {
  const sum = (pick: (each: ConsistencyReport) => number): number => reports.reduce((total, each) => total + pick(each), 0);
  return { FeatureValuesDiffer: sum(({ differing }) => differing), FeatureValuesBehind: sum(({ lagging }) => lagging), PredictionsUnchecked: sum(({ uncovered, unread }) => uncovered + unread), ModelsUnwatched: reports.filter(isUnwatched).length };
};
