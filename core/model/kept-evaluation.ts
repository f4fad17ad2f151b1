import type { GateResult } from './gate';

/** What the gate said of a version: stands beside its report as gate.json, whether it was let pass or not. */
export interface KeptVerdicts extends GateResult {
  readonly modelVersion: string;
  /** Key of the report in the models bucket. */
  readonly report: string;
  /** ISO 8601. */
  readonly at: string;
  /** ARN of the execution, or of who trained it by hand. */
  readonly by: string;
  /** SHA-256 (hex) of the model file that was judged: no other is kept under these verdicts. */
  readonly checksum: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Why a model file is not kept as a version; `undefined` when it is. The checksum is taken from the verdicts, as the report
 * may have been written again since they were given.
 *
 * @param checksum SHA-256 (hex) of the file; `undefined` when it is not there
 */
export const keepingFault = (verdicts: Pick<KeptVerdicts, 'passed' | 'modelVersion' | 'checksum'> | undefined, modelVersion: string, checksum: string | undefined): string | undefined => {
  if (verdicts?.passed !== true || verdicts.modelVersion !== modelVersion) return 'its verdicts do not say that the gate has let it pass';
  return checksum === verdicts.checksum ? undefined : `its model file is ${checksum?.slice(0, 12) ?? 'not there'}, and the one that was judged is ${verdicts.checksum.slice(0, 12)}`;
};
