import fc from 'fast-check';
import { endpointContentName, endpointName, endpointPrefix, endpointsInUse, isEndpointOf } from '../../../core/model/endpoint';
import { endpointImage } from '../../../core/model/endpoint-image';

/** What SageMaker takes as a name (API reference, CreateEndpoint). */
const allowed = /^[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}$/u;

const names = fc.record({
  prefix: fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,14}[a-z0-9])?$/u).map((name) => `headrace-${name}`),
  model: fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9_]{0,63}$/u), version: fc.integer({ min: 1, max: 9999 }) }),
  modelVersion: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/u),
});

describe('the endpoint of a version', () => {
  it('has a name that SageMaker takes, and so have the model and the configuration behind it', () => {
    fc.assert(fc.property(names, fc.constantFrom('serverless', 'real-time'), ({ prefix, model, modelVersion }, kind) => {
      const endpoint = endpointName(prefix, model, modelVersion, kind);
      expect([endpoint, endpointContentName(endpoint, { modelVersion })]).toEqual([expect.stringMatching(allowed), expect.stringMatching(allowed)]);
      expect(isEndpointOf(prefix, model, endpoint)).toBe(true);
    }));
  });

  it('is told from those of every other model and environment by what its name begins with', () => {
    fc.assert(fc.property(names, names, (one, other) => {
      fc.pre(JSON.stringify([one.prefix, one.model]) !== JSON.stringify([other.prefix, other.model]));
      const endpoint = endpointName(one.prefix, one.model, one.modelVersion, 'serverless');
      expect(isEndpointOf(other.prefix, other.model, endpoint)).toBe(false);
      expect(endpoint.startsWith(endpointPrefix(other.prefix, other.model))).toBe(false);
    }));
  });

  it('is another one for each version, and for each kind of capacity', () => {
    const [model, prefix] = [{ name: 'late_arrival', version: 1 }, 'headrace-production'];
    const all = ['a', 'b'].flatMap((version) => (['serverless', 'real-time'] as const).map((kind) => endpointName(prefix, model, version, kind)));
    expect(new Set(all).size).toBe(4);
    expect(all[0]).toMatch(/^headrace-production-late-arrival-v1-[0-9a-f]{16}$/u);
  });

  it('has another configuration for whatever it is made of, and the same for the same', () => {
    expect(endpointContentName('a', { memory: 1024, image: 'b' })).toBe(endpointContentName('a', { image: 'b', memory: 1024 }));
    expect(endpointContentName('a', { memory: 1024 })).not.toBe(endpointContentName('a', { memory: 2048 }));
  });
});

describe('endpoints that may still be asked', () => {
  const at = (hour: number): string => `2001-06-01T${String(hour).padStart(2, '0')}:00:00.000Z`;
  const promote = (hour: number, modelVersion: string, replaced: string) => ({ at: at(hour), change: 'promote', modelVersion, role: 'champion', replaced }) as const;
  const model = { name: 'late_arrival', version: 1, serving: { endpoint: { kind: 'serverless', memoryMegabytes: 1024, maxConcurrency: 5 } } } as const;
  const name = (modelVersion: string, kind: 'serverless' | 'real-time' = 'serverless'): string => endpointName('headrace-test', model, modelVersion, kind);
  const record = {
    modelVersion: 'd', endpoint: name('d'), promotedAt: at(12),
    challenger: { modelVersion: 'e', endpoint: name('e', 'real-time'), promotedAt: at(1), weight: 0.1 },
    shadows: [{ modelVersion: 'f', endpoint: name('f'), promotedAt: at(1) }],
    before: ['a', 'b', 'c'], history: [promote(1, 'b', 'a'), promote(2, 'c', 'b'), promote(12, 'd', 'c')],
  };

  const inRoles = [name('d'), name('e', 'real-time'), name('f')];
  const both = (...versions: readonly string[]): readonly string[] => versions.flatMap((version) => [name(version), name(version, 'real-time')]);
  const inUse = (since: string, of: Parameters<typeof endpointsInUse>[1] = model): ReadonlySet<string> => endpointsInUse('headrace-test', of, record, Date.parse(since));

  it('are those in roles, the one that a rollback goes to, and those of versions that had or got a role of late', () => {
    expect(inUse(at(13))).toEqual(new Set([...inRoles, name('c')]));
    expect(inUse(at(12))).toEqual(new Set([...inRoles, ...both('d', 'c')]));
    expect(inUse(at(2))).toEqual(new Set([...inRoles, ...both('d', 'c', 'b')]));
    expect(inUse(at(0))).toEqual(new Set([...inRoles, ...both('d', 'c', 'b', 'a')]));
  });

  it('are not the machines of a version that went on to an endpoint without, once nobody asks them any more', () => {
    expect(inUse(at(13))).not.toContain(name('d', 'real-time'));
    expect(inUse(at(13))).not.toContain(name('c', 'real-time'));
  });

  it('are none for a rollback of a model that is run in the process of the API', () => {
    expect(inUse(at(13), { name: 'late_arrival', version: 1 })).toEqual(new Set(inRoles));
  });
});

describe('the image that endpoints run', () => {
  it('is that of the region, from the account that the region has', () => {
    expect(endpointImage('us-east-1')?.image).toBe('683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-py312-cpu-py3');
    expect(endpointImage('cn-north-1')?.image).toBe('450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.4-2-py312-cpu-py3');
    expect(endpointImage('nowhere-1')).toBeUndefined();
  });
});
