import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { beginErasure } from '../../../cli/erasure/erase-subject';
import { flightsProject } from '../../../examples/flights/project';
import { localEnvironment, namesOf } from '../../../core/environment';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { manifest } from '../../fixtures/contracts';

const home = mkdtempSync(join(tmpdir(), 'headrace-begin-erasure-'));
const environment = localEnvironment();
const names = namesOf(environment);
let cloud: LocalCloud;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4695 });
  Object.assign(process.env, { AWS_ENDPOINT_URL: cloud.endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
}, 60_000);
afterAll(async () => {
  await cloud.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('an erasure that cannot be begun', () => {
  it('leaves no word of whom it was about', async () => {
    const s3 = new S3Client({ region: environment.region });
    await s3.send(new CreateBucketCommand({ Bucket: names.bucket('curated') }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: names.bucket('curated'), VersioningConfiguration: { Status: 'Enabled' } }));
    // There is no state machine: a release of before is deployed.
    await expect(beginErasure({ environment, names, manifest, project: flightsProject() }, { identifiers: ['ada@example.org'] }, { erases: true })).rejects.toThrow('The erasure could not be begun');
    // Nothing found would be no comfort where nobody has said what is personal.
    const told = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await expect(beginErasure({ environment, names, manifest: { ...manifest, events: {}, datasets: {}, entities: {} }, project: flightsProject() }, { identifiers: ['ada@example.org'] }, { erases: true })).rejects.toThrow('The erasure could not be begun');
    expect(told.mock.calls.flat().join('')).toContain('no definition has a personal() field');
    told.mockRestore();
    expect((await s3.send(new ListObjectVersionsCommand({ Bucket: names.bucket('curated') }))).Versions ?? []).toEqual([]);
  });

  it.each([
    [{ identifiers: ['17'] }, /'17' may stand in age, where it need not mean this subject; name the fields/u],
    [{ identifiers: [' '] }, /an identifier of the subject is empty/u],
    [{ identifiers: Array.from({ length: 13 }, (_each, index) => `a${index}`) }, /it has 13 identifiers, and an erasure takes 12/u],
    [{ identifiers: ['a'], fields: ['amount'] }, /no definition has a personal field 'amount'/u],
  ])('says why: %j', async (subject, message) => {
    await expect(beginErasure({ environment, names, manifest, project: flightsProject() }, subject, { erases: true })).rejects.toThrow(message);
  });
});
