/** What Jest's own JSON results count, as far as the closing line needs it. */
export interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

export interface Totals { readonly passed: number; readonly failed: number; readonly skipped: number }

/** How a stage ended. `results` are those of a stage of tests: `'missing'` when it left none. */
export interface StageOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly results?: JestResults | 'missing';
}

const totalsOf = (results: JestResults | 'missing'): Totals =>
  // Tests that left no results did not pass: they count as one that failed, and so does a file that could not be loaded.
  results === 'missing'
    ? { passed: 0, failed: 1, skipped: 0 }
    : { passed: results.numPassedTests, failed: results.numFailedTests + results.numRuntimeErrorTestSuites, skipped: results.numPendingTests + results.numTodoTests };

/** All stages added up. */
export const addUp = (outcomes: readonly StageOutcome[]): Totals =>
  outcomes.flatMap(({ results }) => (results === undefined ? [] : [totalsOf(results)]))
    .reduce((sum, each) => ({ passed: sum.passed + each.passed, failed: sum.failed + each.failed, skipped: sum.skipped + each.skipped }), { passed: 0, failed: 0, skipped: 0 });

/** Whether all is well: every stage passed, no test failed, and where tests were to run one did. */
export const isGood = (outcomes: readonly StageOutcome[]): boolean => {
  const { passed, failed } = addUp(outcomes);
  const testsWereToRun = outcomes.some(({ results }) => results !== undefined);
  return outcomes.every((outcome) => outcome.passed) && failed === 0 && (passed > 0 || !testsWereToRun);
};

/** The last line of a check: machines read it. */
export const closingLine = ({ passed, failed, skipped }: Totals): string => `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`;

/** The stages and what each took. */
export const stageLine = (outcomes: readonly StageOutcome[]): string =>
  outcomes.map(({ name, passed, seconds }) => `${passed ? '✓' : '✗'} ${name} ${seconds.toFixed(1)} s`).join('  ');
