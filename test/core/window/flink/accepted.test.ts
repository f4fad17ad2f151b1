import { encodeAccepted } from '../../../../core/window/flink';

describe('an accepted event', () => {
  it('has its fields under the name of its contract, times in epoch milliseconds, and what is absent as null', () => {
    expect(JSON.parse(encodeAccepted({ contract: 'gate.passed@v2', source: 's', id: 'e', effectiveTime: 1, knownAt: 2, arrival: 3, position: 'p', row: { name: 'ü', number: 0.1, since: 5, flag: null } }))).toEqual({
      contract: 'gate.passed@v2', source: 's', id: 'e', effective_time: 1, known_at: 2, arrival: 3, position: 'p', data: { 'gate.passed@v2': { name: 'ü', number: 0.1, since: 5, flag: null } } });
  });
});
