import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonFor, reasons } from './argued-grants';
import { checkRecordings, recordingsDirectory, type Checked } from './recordings';

/*
 * Every AWS call of the integration tests, recorded by the local cloud, against botocore's service models and against the
 * policy of the role that made it; and every grant of a role against the calls. Runs after the integration tests.
 */

const recordings = existsSync(recordingsDirectory) ? readdirSync(recordingsDirectory).filter((file) => file.endsWith('.ndjson')) : [];
const report = join(__dirname, '..', '..', '.headrace', 'reports', 'integration.json');
/** Whether all integration tests ran just now: only then does a grant without a call say something. */
const isComplete = existsSync(report) && (JSON.parse(readFileSync(report, 'utf8')) as { readonly success: boolean }).success;

/** What tests of refusals send: it must be wrong, and is refused. */
const sentToBeRefused: ReadonlySet<string> = new Set(['the developer: glue CreateSchema: Invalid length for parameter SchemaName, value: 0, valid min length: 1']);

let checked: Checked;
beforeAll(() => {
  if (recordings.length === 0) throw new Error(`There are no recordings of calls in ${recordingsDirectory}.\nnext: npm test -- integration permissions`);
  const [only] = checkRecordings(recordingsDirectory);
  if (only !== undefined) checked = only;
}, 120_000);

it('knows who made the calls', () => {
  expect(checked.calls).toBeGreaterThan(0);
  expect(checked.byRoles).toBeGreaterThan(0);
});

it('judges every call', () => {
  const next = 'say in test/permissions/needed.py (or policy.py, operations.py) what the call needs, after the service authorization reference, with a case in known-cases.test.ts';
  expect({ next, unjudged: checked.unjudged }).toEqual({ next, unjudged: [] });
});

it('makes no call that botocore does not know, and none with parameters that it does not take', () => {
  expect(checked.faults.filter((fault) => !sentToBeRefused.has(fault))).toEqual([]);
});

it('makes no call outside the policy of the role that makes it', () => {
  const next = 'AWS would refuse these calls: grant the action where the function gets its permissions (lib/constructs/access.ts), or do without the call';
  expect({ next, outside: checked.outside }).toEqual({ next, outside: [] });
});

it('has a reason for every grant that no test uses', () => {
  if (!isComplete) {
    process.stderr.write('Not all integration tests ran: grants that no call used are not looked at.\n');
    return;
  }
  const next = 'remove the grant, use it in an integration test, or give the reason in test/permissions/argued-grants.ts';
  expect({ next, unused: checked.unused.filter((grant) => reasonFor(grant) === undefined) }).toEqual({ next, unused: [] });
});

it('keeps no reason for a grant that is gone', () => {
  if (!isComplete) return;
  const next = 'remove the reason from test/permissions/argued-grants.ts';
  expect({ next, stale: reasons.filter((reason) => !checked.granted.some((grant) => reasonFor(grant) === reason)).map(({ why }) => why) }).toEqual({ next, stale: [] });
});
