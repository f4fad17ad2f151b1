import fc from 'fast-check';
import { identityBytes, identityHash } from '../../../core/window/identity';

describe('the identity of an event in the ring', () => {
  it('is told by source and id together: what moves from one to the other makes another event', () => {
    fc.assert(fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (source, moved, id) => {
      expect(identityHash(source + moved, id)).not.toBe(identityHash(source, moved + id));
    }));
    expect(identityHash('a\0b', 'c')).not.toBe(identityHash('a', 'b\0c'));
  });

  it('fits the bytes that it is packed in', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (source, id) => { expect(identityHash(source, id)).toBeLessThan(2 ** (8 * identityBytes)); }));
  });
});
