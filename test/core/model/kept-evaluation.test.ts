import { keepingFault } from '../../../core/model/kept-evaluation';

const verdicts = { passed: true, modelVersion: '3f9a1c20be77', checksum: 'ab'.repeat(32) };

describe('a model file', () => {
  it('is kept as the version whose verdicts it has passed', () => {
    expect(keepingFault(verdicts, verdicts.modelVersion, verdicts.checksum)).toBeUndefined();
  });

  it('is not kept without verdicts, when they refuse it, or when they are on another version', () => {
    for (const each of [undefined, { ...verdicts, passed: false }, { ...verdicts, modelVersion: '000000000000' }])
      expect(keepingFault(each, verdicts.modelVersion, verdicts.checksum)).toBe('its verdicts do not say that the gate has let it pass');
  });

  it('is not kept when another was judged, or when it is gone', () => {
    expect(keepingFault(verdicts, verdicts.modelVersion, 'cd'.repeat(32))).toBe('its model file is cdcdcdcdcdcd, and the one that was judged is abababababab');
    expect(keepingFault(verdicts, verdicts.modelVersion, undefined)).toBe('its model file is not there, and the one that was judged is abababababab');
  });
});
