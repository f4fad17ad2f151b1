import type { S3Client } from '@aws-sdk/client-s3';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { sha256 } from '../../../../core/manifest/hash';
import { ensureEndpoint } from '../../../../lib/runtime/endpoint/ensure-endpoint';
import { lateArrival } from '../../../fixtures/flights';

const model = { ...lateArrival, serving: { endpoint: { kind: 'serverless', memoryMegabytes: 1024, maxConcurrency: 5 } } } as const;
const version = { modelVersion: 'a', checksum: 'f'.repeat(64) };
const archive = Buffer.from('packed');

interface Call { readonly constructor: { readonly name: string }; readonly input: { readonly EndpointName?: string; readonly EndpointConfigName?: string } }

const refused = (words: string): Error => Object.assign(new Error(words), { name: 'ValidationException' });

/** A place where another promotion makes the endpoint, of its own configuration or of the same, right after this one has looked. */
const setUp = (other?: string) => {
  const calls: string[] = [];
  let there: { readonly EndpointConfigName: string | undefined; readonly EndpointStatus: string } | undefined;
  const answers: Readonly<Record<string, (input: Call['input']) => unknown>> = {
    DescribeEndpointCommand: () => { if (!there) throw refused('Could not find endpoint "a".'); return there; },
    CreateEndpointCommand: ({ EndpointConfigName }) => { there = { EndpointConfigName: other ?? EndpointConfigName, EndpointStatus: 'InService' }; throw refused('Cannot create already existing endpoint "a".'); },
  };
  const clientOf = (send: (call: Call) => unknown): unknown => ({ send: async (call: Call) => await Promise.resolve(send(call)) });
  const place = {
    names: { prefix: 'headrace-test', parameterPath: '/headrace/test', bucket: (zone: string) => `headrace-test-${zone}` },
    sageMaker: clientOf(({ constructor: { name }, input }) => { calls.push(name); return answers[name]?.(input) ?? {}; }) as SageMakerClient,
    s3: clientOf(() => ({ Body: { transformToByteArray: async () => await Promise.resolve(archive) }, Metadata: { sha256: sha256(archive) } })) as S3Client,
    ssm: clientOf(() => ({ Parameter: { Value: JSON.stringify({ image: 'image', role: 'role', bucket: 'assets', key: 'program.tar.gz' }) } })) as SSMClient,
  };
  return { place, calls };
};

describe('an endpoint that two promotions update at once', () => {
  /** A place where another update, of its own configuration or of the same, began right after this one has looked. */
  const updated = (other?: string) => {
    const { place } = setUp();
    let there = { EndpointConfigName: 'of-before', EndpointStatus: 'InService' };
    const deleted: string[] = [];
    const send = async ({ constructor: { name }, input }: Call): Promise<unknown> => {
      if (name === 'DescribeEndpointCommand') return await Promise.resolve(there);
      if (name === 'DeleteEndpointConfigCommand') deleted.push(input.EndpointConfigName ?? '');
      if (name !== 'UpdateEndpointCommand') return {};
      there = { ...there, EndpointConfigName: other ?? input.EndpointConfigName ?? '' };
      throw refused('Cannot update in-progress endpoint "a".');
    };
    return { place: { ...place, sageMaker: { send } as unknown as SageMakerClient }, deleted };
  };

  it('is waited for by both, where it is made of the same', async () => {
    const { place } = updated();
    expect(await ensureEndpoint(place, model, version)).toMatchObject({ changed: true });
  });

  it('stays to the one that was first, and the other is told', async () => {
    const { place, deleted } = updated('of-another');
    await expect(ensureEndpoint(place, model, version)).rejects.toThrow(/somebody else made it of something else at the same time/u);
    expect(deleted).not.toContain('of-another');
    expect(deleted).toHaveLength(1);
  });
});

describe('an endpoint that two promotions make at once', () => {
  it('is waited for by both', async () => {
    const { place, calls } = setUp();
    expect(await ensureEndpoint(place, model, version)).toMatchObject({ changed: true });
    expect(calls).not.toContain('DeleteEndpointCommand');
  });

  it('stays to the one that made it of something else', async () => {
    const { place, calls } = setUp('of-another');
    await expect(ensureEndpoint(place, model, version)).rejects.toThrow(/did not come up/u);
    expect(calls).not.toContain('DeleteEndpointCommand');
  });
});
