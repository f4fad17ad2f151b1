import { lakeBatch } from '../../../../core/lake/batch';
import type { KeepOutcome } from '../../../../lib/runtime/ingest/keep-batch';
import { report } from '../../../../lib/runtime/ingest/report';
import { arrival, contracts, order, record, shipped } from '../../../fixtures/contracts';

const secret = 'somebody@example.org';
const bodies = [order({ customer: secret }), order({}, { dataschema: 'order.placed/v2' }), shipped(), order({ customer: secret }, { type: secret })];
const records = bodies.map((body, sequence) => record(body, { sequence, arrival: arrival + sequence }));

const reported = (differences: Partial<KeepOutcome>): { readonly metrics: readonly unknown[]; readonly logs: readonly unknown[] } => {
  const batch = lakeBatch(contracts);
  for (const each of records.slice(0, differences.kept ?? records.length)) batch.add(each);
  const metrics: unknown[] = [];
  const logs: unknown[] = [];
  report(records, { failedFrom: undefined, kept: records.length, objects: 4, counts: batch.counts, unfoldable: 0, ...differences },
    { now: arrival + 1000, emit: (...metric) => { metrics.push(metric); }, log: (...line) => { logs.push(line); } });
  return { metrics, logs };
};

describe('the report of a batch', () => {
  it('counts in all, by the types that are declared, and by reason', () => {
    expect(reported({}).metrics).toEqual([
      [{ Accepted: 2, Rejected: 2, IngestLag: 997 }],
      [{ Accepted: 1, Rejected: 1 }, { eventType: 'order.placed' }], [{ Accepted: 1, Rejected: 0 }, { eventType: 'order.shipped' }], [{ Accepted: 0, Rejected: 1 }, { eventType: 'unknown' }],
      [{ Rejected: 1 }, { reason: 'missing_field' }], [{ Rejected: 1 }, { reason: 'unknown_type' }],
    ]);
  });

  it('counts of a batch that is delivered again only what is done', () => {
    expect(reported({ failedFrom: '1', kept: 1 }).metrics).toEqual([[{ Accepted: 1, Rejected: 0, IngestLag: 1000 }], [{ Accepted: 1, Rejected: 0 }, { eventType: 'order.placed' }]]);
    expect(reported({ failedFrom: '0', kept: 0 }).metrics).toEqual([]);
  });

  it('counts records of a subject that was erased, when there are some', () => {
    const counts = { accepted: new Map(), rejected: new Map(), rejectedByType: new Map(), erased: 4 };
    expect(reported({ counts })).toEqual({ metrics: [[{ Accepted: 0, Rejected: 0, Erased: 4, IngestLag: 997 }]], logs: [['batch kept', { records: 4, kept: 4, objects: 4, accepted: {}, rejected: {}, erased: 4 }]] });
  });

  it('shows nothing of what was sent', () => {
    expect(JSON.stringify(reported({}))).not.toContain(secret);
    expect(reported({}).logs).toEqual([['batch kept', { records: 4, kept: 4, objects: 4, accepted: { 'order.placed@v1': 1, 'order.shipped@v1': 1 }, rejected: { missing_field: 1, unknown_type: 1 } }]]);
  });
});
