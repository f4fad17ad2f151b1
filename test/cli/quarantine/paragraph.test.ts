import { paragraph } from '../../../cli/quarantine/paragraph';
import { record } from '../../fixtures/contracts';
import { rejectedLine } from './support/rejected-records';

const line = { ...rejectedLine(record('{', { key: Buffer.from([0xff]), headers: [{ name: 'ce_subject', value: Buffer.from('ada\u001b[2J') }, { name: 'none', value: null }] })), history: [] };

describe('a rejected event on a terminal', () => {
  it('has the names of its headers, and what people may stand in only when it is asked for', () => {
    const text = paragraph(line, false);
    expect(text).toContain('  headers  ce_subject, none\n');
    expect(text).not.toMatch(/ada|original|key/u);
  });

  it('has all that came when it is asked for, in characters that move no cursor', () => {
    expect(paragraph(line, true)).toContain('  header   ce_subject: ada\\u{1b}[2J\n  header   none (no value)\n  key      /w== (base64)\n  original {\n');
  });

  it('has nothing of headers where the record had none', () => { expect(paragraph({ ...rejectedLine(record('{')), history: [] }, true)).not.toMatch(/header|key {2}/u); });
});
