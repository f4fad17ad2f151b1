import fc from 'fast-check';
import { contracts, manifest, order } from '../../../fixtures/contracts';
import { naiveJudge } from '../../../fuzz/naive-judge';
import { anything, isKeptRightly } from '../../../fuzz/properties';

describe('whatever is sent', () => {
  const accepts = naiveJudge(manifest);

  it('ends in one line, moves nothing beside it, and is accepted only if the plainest judge accepts it', () => {
    const result = fc.check(fc.property(anything, isKeptRightly(contracts, accepts)), { numRuns: 3000 });
    expect({ failed: result.failed, with: result.counterexample?.map((each) => Buffer.from(each).toString('base64')) }).toEqual({ failed: false, with: undefined });
  });

  it('is not all refused by the plainest judge', () => {
    const [data, arrival] = [Buffer.from(JSON.stringify(order())), Date.parse('2026-03-01T12:00:00Z')];
    expect(accepts(data, arrival)).toBe(true);
    expect(accepts(Buffer.from(`${data.toString('utf8').slice(0, -1)},"id":"twice"}`), arrival)).toBe(false);
    expect(fc.sample(anything, 2000).filter((each) => accepts(each, arrival)).length).toBeGreaterThan(20);
  });
});
