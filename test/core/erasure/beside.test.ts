import { bearingBeside } from '../../../core/erasure/beside';
import { recognitionOf } from '../../../core/erasure/subject';

const ada = 'ada@example.org';
const subject = recognitionOf({ identifiers: [ada] });
/** A frame of Confluent's: the id of its schema, and the text as Avro writes it. */
const framed = (schema: number): Uint8Array => Buffer.concat([Buffer.from([0, 0, 0, 0, schema, ada.length * 2]), Buffer.from(ada)]);
const byKey = (key: string | Uint8Array): string => bearingBeside(subject, typeof key === 'string' ? { partitionKey: key } : { partitionKey: Buffer.from(key).toString('utf8'), key });
const byHeader = (name: string, value: string | Uint8Array): string => bearingBeside(subject, { partitionKey: '', headers: [{ name, value: Buffer.from(value) }] });

describe('a rejected record, by what stands beside its value', () => {
  it('is of whom its key or a header is, as text, as a member of JSON, or packed in whatever frame', () => {
    for (const content of [ada, JSON.stringify({ customer: ada }), framed(5), framed(200)]) expect([byKey(content), byHeader('customer', content)]).toEqual(['subject', 'subject']);
    expect(bearingBeside(subject, { partitionKey: '', headers: [{ name: ada, value: Buffer.from('1') }] })).toBe('subject');
  });

  it('mentions whom a longer text names', () => {
    expect([byKey(`order of ${ada}`), byHeader('trace', `to=${ada};v=1`), byKey(JSON.stringify({ note: `for ${ada}` }))]).toEqual(['mention', 'mention', 'mention']);
  });

  it('is nobody\'s otherwise', () => {
    expect([byKey('bob@example.org'), byHeader('customer', JSON.stringify({ customer: 'bob@example.org' })), byKey(''), byKey(Buffer.from([0xff]))]).toEqual(['other', 'other', 'other', 'other']);
  });
});
