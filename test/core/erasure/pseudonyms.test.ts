import { pseudonymsOf } from '../../../core/erasure/pseudonyms';
import { pseudonymsUnder } from '../../../core/model/pseudonym';

describe('what stands for a subject in logs of predictions', () => {
  const pseudonymise = pseudonymsUnder(Buffer.alloc(32, 7));

  it('is the pseudonym of each identifier as a text, whatever models there are', () => {
    expect(pseudonymsOf({ identifiers: ['ada@example.com', 'eve'] }, pseudonymise)).toEqual([pseudonymise('string', 'ada@example.com'), pseudonymise('string', 'eve')]);
  });

  it('is also that of a whole number, where an identifier is one as JSON writes it', () => {
    expect(pseudonymsOf({ identifiers: ['4712'] }, pseudonymise)).toEqual([pseudonymise('string', '4712'), String(pseudonymise('int', 4712))]);
    for (const identifier of ['007', '4712.5', '1e3', '9007199254740993', ' 7', '']) expect(pseudonymsOf({ identifiers: [identifier] }, pseudonymise)).toEqual([pseudonymise('string', identifier)]);
  });
});
