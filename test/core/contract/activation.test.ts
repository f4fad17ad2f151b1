import { activationsOf, publication, trustedUntil, withdrawn } from '../../../core/contract/activation';
import { activeContracts } from '../../../core/contract/active';
import { judge } from '../../../core/contract/judge';
import type { EventDefinition } from '../../../core/manifest/manifest';
import { arrival, contracts, manifest, order, record, shipped } from '../../fixtures/contracts';

const events: readonly EventDefinition[] = Object.values(manifest.events);
const settings = { now: 1_000_000, marginMilliseconds: 60_000, ephemeral: false };
const published = new Map([['order.placed@v1', 0], ['order.shipped@v1', 0]]);
const asPublished = ({ put }: ReturnType<typeof publication>) => activationsOf([...put].map(([type, versions]) => [type, JSON.stringify(versions)] as const));

describe('what a deploy publishes at its end', () => {
  it('activates every contract of an environment that has none at once: nothing was judged yet', () => {
    expect(new Set(asPublished(publication(new Map(), events, settings)).values())).toEqual(new Set([0]));
  });

  it('activates a new version a margin later, and leaves the former as they are', () => {
    const next = asPublished(publication(published, events, settings));
    expect(next.get('order.placed@v1')).toBe(0);
    expect(next.get('order.placed@v2')).toBe(1_060_000);
  });

  it('changes nothing when it is run again', () => {
    const once = asPublished(publication(published, events, settings));
    expect(asPublished(publication(once, events, { ...settings, now: 9_000_000 }))).toEqual(once);
  });

  it('keeps contracts that are no longer defined, and forgets them in an ephemeral environment', () => {
    const other = new Map([...published, ['order.gone@v1', 5]]);
    expect(withdrawn(other, events)).toEqual(['order.gone@v1']);
    expect(asPublished(publication(other, events, settings)).get('order.gone@v1')).toBe(5);
    expect(publication(other, events, { ...settings, ephemeral: true }).remove).toEqual(['order.gone']);
  });

  it('is trusted for records that arrive before anything that is published later can be active', () => {
    const readAt = 500_000;
    const later = publication(published, events, { ...settings, now: readAt });
    const from = asPublished(later).get('order.placed@v2') ?? 0;
    expect(trustedUntil(readAt, settings.marginMilliseconds)).toBeLessThan(from);
  });
});

describe('judging by what is active', () => {
  const active = { ...contracts, activations: new Map([['order.placed@v1', 0], ['order.placed@v2', arrival], ['order.shipped@v1', 0]]) };
  const plain = (at: number) => judge(record(order({ currency: 'EUR' }, { dataschema: undefined }), { arrival: at }), active);

  it('takes the newest version that is active when a record arrives, however late it is judged', () => {
    expect(plain(arrival - 1)).toMatchObject({ accepted: true, contract: { name: 'order.placed@v1' } });
    expect(plain(arrival)).toMatchObject({ accepted: true, contract: { name: 'order.placed@v2' } });
  });

  it('refuses a version that was not active yet, and says so', () => {
    const early = judge(record(order({ currency: 'EUR' }, { dataschema: 'order.placed/v2' }), { arrival: arrival - 1 }), active);
    expect(early).toMatchObject({ accepted: false, rejection: { code: 'unknown_version', found: 'version 2, which was not active yet', allowed: 'versions 1' } });
  });

  it('refuses a type of which nothing is active', () => {
    expect(judge(record(shipped()), { ...contracts, activations: new Map([['order.placed@v1', 0]]) })).toMatchObject({ accepted: false, rejection: { code: 'unknown_type' } });
  });

  it('judges nothing by a contract that it was not deployed with: the record is tried again', () => {
    const ahead = { ...contracts, activations: new Map([['order.placed@v1', 0], ['order.placed@v2', 0], ['order.placed@v3', arrival]]) };
    expect(() => activeContracts('order.placed', arrival, ahead)).toThrow(/not deployed with/u);
    expect(activeContracts('order.placed', arrival - 1, ahead).map(({ name }) => name)).toEqual(['order.placed@v2', 'order.placed@v1']);
  });

  it('is not stopped by contracts of types that it does not look at', () => {
    const some = { ...active, types: new Map([...active.types].filter(([type]) => type === 'order.shipped')) };
    expect(judge(record(order()), some)).toMatchObject({ accepted: false, rejection: { code: 'unknown_type' } });
  });
});
