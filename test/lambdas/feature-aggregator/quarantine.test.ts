import { foldFailures } from '../../../lambdas/feature-aggregator/quarantine';
import { contracts } from '../../fixtures/flights';
import { landed } from '../flights';

describe('records that cannot be folded', () => {
  it('lie whole in quarantine under fold_failed, with the view and without the error\'s message', () => {
    const record = { ...landed({ sequence: 4 }), headers: [{ name: 'trace', value: Buffer.from('ab') }], key: Buffer.from([0xff]) };
    const objects = foldFailures([{ record, eventType: 'flight.landed', view: 'airport_departures@v1', error: new RangeError('ORD is secret') }], contracts);
    expect(objects.map(({ zone, key }) => `${zone} ${key}`)).toEqual([expect.stringMatching(/^quarantine quarantine\/fold_failed\/dt=2001-06-01\/hr=12\/shardId-0-4-4-[0-9a-f]{16}\.ndjson\.gz$/u)]);
    const line = JSON.parse(objects[0]?.content.toString() ?? '') as Readonly<Record<string, unknown>>;
    expect(line).toMatchObject({ reason: 'fold_failed', event_type: 'flight.landed', found: 'RangeError while folding into airport_departures@v1' });
    expect([line['headers'], line['key']]).toEqual([[{ name: 'trace', value: 'YWI=' }], '/w==']);
    expect(Buffer.from(String(line['original']), 'base64').toString()).toBe(record.data);
    expect(JSON.stringify({ ...line, original: '' })).not.toContain('secret');
  });
});
