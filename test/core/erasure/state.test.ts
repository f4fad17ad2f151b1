import { entity, int, personal, string } from '../../../core/definition';
import { bearingOfItem, erasedUpTo } from '../../../core/erasure/state';
import { tombstoneOf } from '../../../core/erasure/tombstone';
import { entityKeyText } from '../../../core/feature/entity-key';
import { manifestOf } from '../../fixtures/contracts';

const user = entity('user', { id: personal(string()) });
const visit = entity('visit', { shop: string(), customer: personal(int()) });
const { entities } = manifestOf({ user, visit });
const nothing = new Uint8Array([1, 2]);
const bearing = (identifier: string, item: string, state = nothing): string => bearingOfItem({ identifiers: [identifier] }, item, state, entities);

describe('a state item', () => {
  it('is of the subject whose identifier is in a personal field of its key', () => {
    expect(bearing('u-17', 'user|u-17')).toBe('subject');
    expect(bearing('u-17', 'user|u-170')).toBe('mention');
    expect(bearing('u-17', 'user|u-1')).toBe('other');
    expect(bearing('17', 'visit|5|17')).toBe('subject');
    expect(bearing('5', 'visit|5|17')).toBe('mention');
  });

  it('is found whatever letters its key is written with', () => {
    const hostile = String.raw`a|b\c`;
    const [definition] = Object.values(entities).filter(({ name }) => name === 'user');
    expect(bearing(hostile, entityKeyText(definition ?? user, { id: hostile }) ?? '')).toBe('subject');
  });

  it('of an entity that is no longer defined is of whoever is in its key', () => {
    expect(bearing('u-17', 'customer|u-17')).toBe('subject');
    expect(bearing('u-17', 'customer|shop|u-17')).toBe('subject');
    const hostile = String.raw`a|b\c`;
    expect(bearing(hostile, entityKeyText({ ...user, name: 'customer' }, { id: hostile }) ?? '')).toBe('subject');
  });

  it('is not made anew of what arrived before its subject was erased', () => {
    const tombstone = (identifier: string, erasedAt: number) => tombstoneOf({ identifiers: [identifier] }, { erasure: `e-${erasedAt}`, salt: 's', erasedAt, until: erasedAt + 1 });
    const tombstones = [tombstone('u-17', 1000), tombstone('u-17', 2000), tombstone('u-18', 3000)];
    expect(['user|u-17', 'user|u-18', 'user|u-170', 'visit|5|17'].map((entity) => erasedUpTo(entity, entities, tombstones))).toEqual([2000, 3000, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it('mentions a subject whose identifier is in its state', () => {
    expect(bearing('u-17', 'user|u-1', Buffer.from('\u0001u-17\u0000'))).toBe('mention');
  });
});
