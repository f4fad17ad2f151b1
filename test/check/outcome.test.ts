import { type JestResults, type StageOutcome, addUp, closingLine, isGood, stageLine } from './outcome';

const results = (counts: Partial<JestResults>): JestResults => ({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, numRuntimeErrorTestSuites: 0, ...counts });
const stage = (outcome: Partial<StageOutcome>): StageOutcome => ({ name: 'unit', passed: true, seconds: 1, ...outcome });
const closing = (...outcomes: readonly StageOutcome[]): string => closingLine(addUp(outcomes));

it('adds up the tests of all stages', () => {
  expect(closing(
    stage({ name: 'lint' }),
    stage({ results: results({ numPassedTests: 400, numPendingTests: 1, numTodoTests: 2 }) }),
    stage({ results: results({ numPassedTests: 20, numFailedTests: 3 }) }),
  )).toBe('tests: 420 passed, 3 failed, 3 skipped');
});

it('counts a file that could not be loaded as a test that failed', () => {
  const outcome = stage({ results: results({ numPassedTests: 5, numRuntimeErrorTestSuites: 1 }) });
  expect(closing(outcome)).toBe('tests: 5 passed, 1 failed, 0 skipped');
  expect(isGood([outcome])).toBe(false);
});

it('counts tests that died without results as one that failed', () => {
  expect(closing(stage({ passed: false, results: 'missing' }))).toBe('tests: 0 passed, 1 failed, 0 skipped');
});

it('is not good when no test ran where tests were to run', () => {
  expect(isGood([stage({ name: 'lint' }), stage({ results: results({ numPendingTests: 7 }) })])).toBe(false);
});

it('is good without tests where none were asked for', () => {
  expect(isGood([stage({ name: 'lint' })])).toBe(true);
});

it('is not good when a stage without tests failed', () => {
  expect(isGood([stage({ results: results({ numPassedTests: 5 }) }), stage({ name: 'types', passed: false })])).toBe(false);
});

it('says what each stage took, and which failed', () => {
  expect(stageLine([stage({ name: 'lint', seconds: 3.14 }), stage({ name: 'types', passed: false, seconds: 12 })])).toBe('✓ lint 3.1 s  ✗ types 12.0 s');
});
