import type { ModelMetadata } from '../../core/model/artefact';
import type { EvaluationReport, Scores } from '../../core/model/evaluation';
import { parseReport } from '../../core/model/evaluation';
import { verdictText } from '../../core/model/gate';
import type { KeptVerdicts } from '../../core/model/kept-evaluation';
import { readZoneJson, verdictsOf, versionsOf } from '../../lib/runtime/model/registry';
import type { Context } from '../context';
import { modelZoneOf } from './model-zone';
import { modelNamed } from './training-set';

/** The versions of a model, oldest first. */
export const modelVersions = async (context: Context, name: string): Promise<readonly ModelMetadata[]> => versionsOf(modelZoneOf(context), modelNamed(context.manifest, name));

/** What the gate said of versions that are not registered, the newest of each; oldest first. */
export const refusedVersions = async (context: Context, name: string, versions: readonly ModelMetadata[]): Promise<readonly KeptVerdicts[]> => {
  const registered = new Set(versions.map(({ modelVersion }) => modelVersion));
  const all = (await verdictsOf(modelZoneOf(context), modelNamed(context.manifest, name))).filter(({ passed, modelVersion }) => !passed && !registered.has(modelVersion));
  return [...new Map(all.map((each) => [each.modelVersion, each])).values()];
};

/** The report of a version, by its key in the models bucket. */
export const reportAt = async (context: Context, key: string): Promise<EvaluationReport | undefined> => parseReport(await readZoneJson(modelZoneOf(context), key));

const digits = (value: number | null | undefined): string => (value === null || value === undefined ? '-' : value.toFixed(4)).padStart(8);
const scoreLine = (name: string, { rows, auc, logLoss, calibrationError, baseRate }: Omit<Scores, 'modelVersion' | 'reliability' | 'slices'>, champion?: { readonly auc: number | null }): string =>
  `${name.padEnd(34)} ${String(rows).padStart(9)} ${digits(auc)} ${digits(logLoss)} ${digits(calibrationError)} ${digits(baseRate)}${champion === undefined ? '' : ` ${digits(champion.auc)}`}`;

/** A report as a person reads it: the whole, the slices, the reliability table, and what the gate said. */
export const reportText = ({ judged, candidate, champion }: EvaluationReport, verdicts: KeptVerdicts['verdicts']): readonly string[] => [
  `judged on ${judged.from} to ${judged.to}${champion === null ? '' : `, beside the champion ${champion.modelVersion}`}`, '',
  `${''.padEnd(34)} ${'rows'.padStart(9)} ${'AUC'.padStart(8)} ${'log loss'.padStart(8)} ${'cal. err'.padStart(8)} ${'true'.padStart(8)}${champion === null ? '' : ` ${'champ.'.padStart(8)}`}`,
  scoreLine('all rows', candidate, champion ?? undefined),
  ...candidate.slices.map((each) => scoreLine(`${each.slice}: ${each.bin}`, each, champion?.slices.find(({ slice, bin }) => slice === each.slice && bin === each.bin))), '',
  'predicted        happened      rows',
  ...candidate.reliability.map(({ meanPrediction, share, rows }) => `${meanPrediction.toFixed(4).padEnd(16)} ${share.toFixed(4).padEnd(8)} ${String(rows).padStart(9)}`), '',
  ...verdicts.map(verdictText),
];
