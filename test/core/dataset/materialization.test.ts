import { batchesThatMatter, cameTo, materializationOf, type CommittedBatch, type Materialization } from '../../../core/dataset/materialization';
import { manifestOf } from '../training/support';
import { given } from '../../fixtures/flights';
import { tillDefinitions, type Mode } from '../../lib/runtime/materialize/support';

const manifest = manifestOf(tillDefinitions);
const minute = 60_000;
const batch = (name: string, arrival: number, committedAt = arrival): CommittedBatch => ({ batch: name, arrival: arrival * minute, committedAt: committedAt * minute });
const dataset = (mode: Mode) => given(manifest.datasets[`${mode}@v1`]);
const view = (mode: Mode) => given(manifest.views[`of_${mode}@v1`]);
const work = (mode: Mode, committed: readonly CommittedBatch[], kept?: Materialization, anew?: boolean) => {
  const found = materializationOf(view(mode), dataset(mode), committed, kept, anew);
  return found && { ...found, read: found.read.map((each) => each.batch), leftBy: found.leftBy.map((each) => each.batch) };
};
const { hash } = view('whole_arrival');
const known = (rest: Partial<Materialization> = {}): Materialization => ({ view: hash, begun: [], ...rest });

describe('what is brought online of a dataset that comes whole', () => {
  it('is its newest batch, by when batches arrived and not by when they were committed', () => {
    expect(work('whole_arrival', [batch('b', 2, 10), batch('a', 1, 20)])).toMatchObject({ read: ['b'], leftBy: [], begun: known({ begun: ['b'] }), finished: known({ finished: 'b' }) });
    expect(work('whole_arrival', [])).toBeUndefined();
    expect(work('whole_arrival', [batch('b', 2), batch('a', 1)], known({ finished: 'b' }))).toBeUndefined();
  });

  it('leaves rows as they are that equal what is online, once the batch before is', () => {
    expect(work('whole_arrival', [batch('a', 1), batch('b', 2)], known({ finished: 'a' }))).toMatchObject({ read: ['b'], leftBy: ['a'], writesEqual: false, begun: known({ finished: 'a', begun: ['b'] }) });
  });

  it('writes every row while somebody may still be writing those of a batch that was begun before', () => {
    const all = [batch('a', 1), batch('b', 2), batch('c', 3)];
    const found = work('whole_arrival', all, known({ finished: 'a', begun: ['b'] }));
    expect(found).toMatchObject({ read: ['c'], leftBy: ['a', 'b'], writesEqual: true, begun: known({ finished: 'a', begun: ['b', 'c'] }), finished: known({ finished: 'c' }) });
    // The same, when that is begun again after it was killed.
    expect(work('whole_arrival', all, found?.begun)).toMatchObject({ read: ['c'], leftBy: ['a', 'b'], writesEqual: true });
    // Begun alone, and begun again: nobody else writes.
    expect(work('whole_arrival', all.slice(0, 2), known({ finished: 'a', begun: ['b'] }))).toMatchObject({ read: ['b'], writesEqual: false });
  });

  it('goes on where it was, as long as it is the same work', () => {
    const all = [batch('a', 1), batch('b', 2)];
    const first = given(materializationOf(view('whole_arrival'), dataset('whole_arrival'), all, known({ finished: 'a' })));
    const kept = cameTo(first, 'content', 100);
    expect(work('whole_arrival', all, kept)).toMatchObject({ done: { content: 'content', rows: 100 }, begun: { done: { rows: 100 } } });
    expect(work('whole_arrival', [...all, batch('c', 3)], kept)).not.toHaveProperty('done');
    // What is made anew begins at the beginning.
    expect(work('whole_arrival', all, kept, true)).not.toHaveProperty('done');
  });

  it('is made anew where the view has changed, and where that is asked for', () => {
    expect(work('whole_arrival', [batch('a', 1)], { view: 'another', finished: 'a', begun: [] })).toMatchObject({ read: ['a'], writesEqual: true });
    expect(work('whole_arrival', [batch('a', 1), batch('b', 2)], known({ finished: 'b' }), true)).toMatchObject({ read: ['b'], leftBy: [], writesEqual: true });
  });
});

describe('what is brought online of increments', () => {
  const { hash: of } = view('increments_arrival');

  it('is every batch at first, and then those that were committed since, whenever they had arrived', () => {
    const first = work('increments_arrival', [batch('b', 20), batch('a', 10)]);
    expect(first).toMatchObject({ read: ['a', 'b'], writesEqual: true, finished: { view: of, begun: [], through: 20 * minute, recent: ['b'] } });
    expect(work('increments_arrival', [batch('b', 20), batch('a', 10)], first?.finished)).toBeUndefined();
    expect(work('increments_arrival', [batch('a', 5), batch('b', 20), batch('late', 15, 40), batch('c', 30)], first?.finished)).toMatchObject({ read: ['late', 'c'], finished: { through: 40 * minute } });
    expect(work('increments_arrival', [batch('a', 5), batch('b', 20), batch('late', 15, 40), batch('c', 30)], { view: of, begun: [], through: 30 * minute })).toMatchObject({ read: ['late', 'c'] });
    expect(work('increments_arrival', [])).toBeUndefined();
  });

  it('is also what another clock says was committed a little before', () => {
    expect(work('increments_arrival', [batch('a', 10), batch('b', 20), batch('c', 19)], { view: of, begun: [], through: 20 * minute, recent: ['b'] })).toMatchObject({ read: ['c'], finished: { through: 20 * minute, recent: ['b', 'c'] } });
  });
});

describe('the batches that matter to moments of a range', () => {
  const all = [batch('a', 1), batch('b', 2), batch('c', 3), batch('d', 4)];
  const names = (mode: Mode, from: number, to: number) => batchesThatMatter(dataset(mode), all, from * minute, to * minute).map((each) => each.batch);

  it('are those that arrived in it and the one before, where rows are known from their arrival on', () => {
    expect(names('whole_arrival', 2.5, 3.5)).toEqual(['b', 'c']);
    expect(names('whole_arrival', 2, 4)).toEqual(['a', 'b', 'c']);
    expect(names('whole_arrival', 0, 1)).toEqual([]);
    expect(names('increments_arrival', 2.5, 3.5)).toEqual(['a', 'b', 'c']);
  });

  it('is the newest, where rows were always known, and all increments', () => {
    expect(names('whole_always', 0, 1)).toEqual(['d']);
    expect(names('increments_always', 0, 1)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are all, where a column says since when rows are known', () => {
    expect(names('whole_column', 2.5, 3.5)).toEqual(['a', 'b', 'c', 'd']);
  });
});
