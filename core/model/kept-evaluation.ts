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
  readonly metrics: Readonly<Record<string, number>>;
}
