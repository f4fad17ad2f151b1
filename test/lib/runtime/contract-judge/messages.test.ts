import fc from 'fast-check';
import { answerBytes, messagesOf, questionOf } from '../../../../lib/runtime/contract-judge/messages';

const length = (bytes: Uint8Array): Buffer => { const before = Buffer.alloc(4); before.writeUInt32BE(bytes.length); return Buffer.concat([before, bytes]); };

/** What glue-jobs/headrace_spark/stream_judge.py writes. */
type Sent = readonly [offset: number, timestampType: number, key: Uint8Array | null, value: Uint8Array | null, headers?: readonly (readonly [string, Uint8Array | null])[]];
const question = (records: readonly Sent[]): Buffer => {
  const description = { cluster: '0a1b2c3d', topic: 't', partition: 2, credentials: { AWS_ACCESS_KEY_ID: 'a' }, records: records.map(([offset, kind, key, value, headers = []]) => [offset, 1000 + offset, kind, key?.length ?? -1, value?.length ?? -1, headers.map(([name, bytes]) => [name, bytes?.length ?? -1])]) };
  return Buffer.concat([length(Buffer.from(JSON.stringify(description))), ...records.flatMap(([, , key, value, headers = []]) => [key, value, ...headers.map(([, bytes]) => bytes)].map((bytes) => bytes ?? Buffer.alloc(0)))]);
};

describe('a question', () => {
  it('holds the bytes of its records as they are, and what is absent as nothing', () => {
    const read = questionOf(question([[7, 1, Buffer.from('k'), Buffer.from([0, 255, 10]), [['a', Buffer.from([255])], ['a', null], ['ü', Buffer.alloc(0)]]], [8, 0, null, null], [9, -1, Buffer.alloc(0), Buffer.from('é')]]));
    expect(read).toMatchObject({ cluster: '0a1b2c3d', credentials: { AWS_ACCESS_KEY_ID: 'a' } });
    expect(read.records.map(({ key, value, headers, ...rest }) => [rest, key === null ? null : Buffer.from(key).toString('latin1'), Buffer.from(value).toString('hex'), headers.map((header) => [header.name, header.value === null ? null : Buffer.from(header.value).toString('hex')])])).toEqual([
      [{ topic: 't', partition: 2, offset: 7, timestamp: 1007, timestampType: 'LOG_APPEND_TIME' }, 'k', '00ff0a', [['a', 'ff'], ['a', null], ['ü', '']]],
      [{ topic: 't', partition: 2, offset: 8, timestamp: 1008, timestampType: 'CREATE_TIME' }, null, '', []],
      [{ topic: 't', partition: 2, offset: 9, timestamp: 1009, timestampType: 'NO_TIMESTAMP_TYPE' }, '', 'c3a9', []],
    ]);
  });
});

describe('messages', () => {
  it('are told apart however their bytes come', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), async (messages, cuts) => {
      const all = Buffer.concat(messages.map(length));
      const chunks = async function* cut(): AsyncGenerator<Buffer> {
        for (let at = 0, index = 0; at < all.length; index += 1) {
          const size = cuts[index % cuts.length] ?? 1;
          yield all.subarray(at, at + size);
          at += size;
          await Promise.resolve();
        }
      };
      const found: string[] = [];
      for await (const message of messagesOf(chunks())) found.push(message.toString('hex'));
      expect(found).toEqual(messages.map((message) => Buffer.from(message).toString('hex')));
    }));
  });

  it('have their length before them', () => {
    const bytes = answerBytes({ kept: false, faults: ['é'] });
    expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4);
    expect(JSON.parse(bytes.toString('utf8', 4))).toEqual({ kept: false, faults: ['é'] });
  });
});
