import type { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { endpointName } from '../../../../core/model/endpoint';
import { promoted, type ServingRecord } from '../../../../core/model/roles';
import { sweepUnused } from '../../../../lib/runtime/endpoint/serve-version';
import { lateArrival } from '../../../fixtures/flights';

const model = { ...lateArrival, serving: { endpoint: { kind: 'serverless', memoryMegabytes: 1024, maxConcurrency: 5 } } } as const;
const prefix = 'headrace-test';
const nameOf = (version: string): string => endpointName(prefix, model, version, 'serverless');

/** A place with endpoints that were changed long ago. */
const placeOf = (there: Set<string>) => {
  const answers: Readonly<Record<string, (name: string) => unknown>> = {
    ListEndpointsCommand: () => ({ Endpoints: [...there].map((EndpointName) => ({ EndpointName })) }),
    DescribeEndpointCommand: (name) => { if (!there.has(name)) throw Object.assign(new Error('Could not find endpoint.'), { name: 'ValidationException' }); return { EndpointStatus: 'InService' }; },
    DeleteEndpointCommand: (name) => { there.delete(name); },
  };
  const send = async (call: { readonly constructor: { readonly name: string }; readonly input: { readonly EndpointName?: string } }): Promise<unknown> => await Promise.resolve(answers[call.constructor.name]?.(call.input.EndpointName ?? '') ?? {});
  return { names: { prefix, parameterPath: '/headrace/test', bucket: (zone: string) => `${prefix}-${zone}` }, sageMaker: Object.assign(new SageMakerClient({ region: 'us-east-1' }), { send }) as unknown as SageMakerClient, s3: {} as S3Client, ssm: {} as SSMClient };
};

const author = { at: '2020-01-01T00:00:00.000Z', by: 'somebody' };
const withRole = (record: ServingRecord | undefined, version: string): ServingRecord => {
  const change = promoted(record, version, { role: 'champion' }, author, nameOf(version));
  if (!change.ok) throw new Error(change.problem);
  return change.record;
};

describe('endpoints that no version needs', () => {
  const [first, second] = [withRole(undefined, 'a'), withRole(withRole(withRole(undefined, 'b'), 'a'), 'c')];

  it('are deleted, and those in roles and the one that a rollback goes to are not', async () => {
    const there = new Set([nameOf('a'), nameOf('b'), nameOf('c'), 'of-somebody-else']);
    expect(await sweepUnused(placeOf(there), model, second, async () => await Promise.resolve(second))).toEqual({ deleted: [nameOf('b')], missed: [] });
    expect([...there]).toEqual([nameOf('a'), nameOf('c'), 'of-somebody-else']);
  });

  it('are none whose version somebody else promotes while they are looked for', async () => {
    const there = new Set([nameOf('a'), nameOf('b')]);
    let reads = 0;
    // The endpoint of b was there all the while: its promotion changes nothing about it.
    expect(await sweepUnused(placeOf(there), model, first, async () => await Promise.resolve((reads += 1) > 1 ? withRole(first, 'b') : first))).toEqual({ deleted: [], missed: [] });
    expect([...there]).toEqual([nameOf('a'), nameOf('b')]);
  });

  it('are told when one went in the moment in which its version got a role', async () => {
    const there = new Set([nameOf('b')]);
    const place = placeOf(there);
    expect(await sweepUnused(place, model, first, async () => await Promise.resolve(there.has(nameOf('b')) ? first : withRole(first, 'b')))).toEqual({ deleted: [nameOf('b')], missed: [nameOf('b')] });
  });

  it('stay where the roles are gone', async () => {
    const there = new Set([nameOf('b')]);
    await expect(sweepUnused(placeOf(there), model, first, async () => await Promise.resolve(undefined))).rejects.toThrow('no record of its roles');
    expect(there.size).toBe(1);
  });
});
