import fc from 'fast-check';
import { isPseudonymous, padsOf, pseudonymSql, pseudonymsUnder } from '../../../core/model/pseudonym';
import { memoryDatabase, rowsOf } from '../training/support';

const key = Buffer.from('0b'.repeat(20), 'hex');

describe('a pseudonym', () => {
  it('is the keyed hash of RFC 4231, cut', () => {
    // Test case 1: HMAC-SHA-256 of "Hi There".
    expect(pseudonymsUnder(key)('string', 'Hi There')).toBe('b0344c61d8db38535ca8afceaf0bf12b');
    expect(pseudonymsUnder(key)('string', null)).toBeNull();
  });

  it('keeps the type of a field, and a whole number has that of its text', () => {
    const pseudonymise = pseudonymsUnder(key);
    const number = pseudonymise('int', 4711);
    expect(Number.isSafeInteger(number)).toBe(true);
    expect(number).toBe(Number.parseInt(String(pseudonymise('string', '4711')).slice(0, 13), 16));
  });

  it('is another one under another key, and stands for what says who somebody is alone', () => {
    expect(pseudonymsUnder(Buffer.alloc(32, 1))('string', 'ada')).not.toBe(pseudonymsUnder(Buffer.alloc(32, 2))('string', 'ada'));
    expect([isPseudonymous({ scalar: 'string', personal: true }), isPseudonymous({ scalar: 'int', personal: true }), isPseudonymous({ scalar: 'float', personal: true }), isPseudonymous({ scalar: 'string', personal: false })]).toEqual([true, true, false, false]);
  });

  it('is the same in DuckDB, whatever the text or the number', async () => {
    const connection = await memoryDatabase();
    const [{ inner, outer }, secret] = [padsOf(key), pseudonymsUnder(key)];
    await connection.run(`CREATE TABLE pads AS SELECT from_hex('${Buffer.from(inner).toString('hex')}') AS inner_pad, from_hex('${Buffer.from(outer).toString('hex')}') AS outer_pad`);
    const pads = { inner: '(SELECT inner_pad FROM pads)', outer: '(SELECT outer_pad FROM pads)' };
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 90 }), fc.maxSafeInteger(), async (text, number) => {
      await connection.run('CREATE OR REPLACE TABLE given (text VARCHAR, number DOUBLE)');
      const appender = await connection.createAppender('given');
      appender.appendVarchar(text);
      appender.appendDouble(number);
      appender.endRow();
      appender.closeSync();
      const [row] = await rowsOf(connection, `SELECT ${pseudonymSql('text', 'string', pads)} AS text, ${pseudonymSql('number', 'int', pads)} AS number FROM given`);
      expect(row).toEqual({ text: secret('string', text), number: secret('int', number) });
    }), { numRuns: 40 });
  });
});
