import * as flights from '../../../examples/flights/definitions';
import { compile } from '../../../core/manifest/compile';
import { encodeState, fold, planView, prepareRecord } from '../../../core/window';

describe('the size of a state item', () => {
  it('stays under 2 KB for the busiest airport of the example, so that a write costs two units', () => {
    const compilation = compile(flights);
    if (!compilation.ok) throw new Error('The flights do not compile.');
    const view = compilation.manifest.views['airport_departures@v1'];
    if (!view) throw new Error('The view airport_departures@v1 is missing.');
    const plan = planView(compilation.manifest, view);
    const records = Array.from({ length: 7 * 900 }, (_each, index) => {
      const time = Date.UTC(2001, 5, 1) + Math.round((index * 7 * 86_400_000) / (7 * 900));
      const record = prepareRecord(plan, { position: { source: 'headrace-production-events', shard: 'shardId-000000000000', sequence: `4965${String(index).padStart(52, '0')}`, subSequence: 0 },
        source: '/flights/us/2001', id: `flight-${1_000_000 + index}`, effectiveTime: time, arrival: time, row: { origin: 'ORD', destination: 'LAX', delayMinutes: (index * 37) % 300 - 30 } });
      if (!record) throw new Error('The flight has no origin.');
      return record;
    });
    expect(encodeState(plan, fold(plan, undefined, records, { streamRetention: 86_400_000 }).state).length).toBeLessThan(2048);
  });
});
