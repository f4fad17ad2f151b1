import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFrame } from '../../../../core/contract/frame';
import { decodeAvro } from '../../../../lib/runtime/wire/avro';
import { inflate } from '../../../../lib/runtime/wire/inflate';
import { deaggregate, isAggregated } from '../../../../lib/runtime/wire/kpl';

interface Golden {
  readonly definitions: Readonly<Record<'AVRO' | 'JSON', { readonly definition: string }>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly vectors: readonly { readonly client: string; readonly format: 'AVRO' | 'JSON'; readonly compression: string; readonly event: number; readonly frame: string }[];
  readonly payloads: readonly { readonly client: string; readonly event: number; readonly payload: string }[];
  readonly aggregate: { readonly client: string; readonly data: string };
}

const { definitions, events, vectors, payloads, aggregate } = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'golden', 'wire', 'vectors.json'), 'utf8')) as Golden;

/** Without what is absent: a client says null for it or leaves it out. */
const said = (value: unknown): unknown => (typeof value !== 'object' || value === null ? value : Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null).map(([name, each]) => [name, said(each)])));

const avro = (payload: Uint8Array): unknown => {
  const decoded = decodeAvro(definitions.AVRO.definition, payload);
  return 'code' in decoded ? decoded : decoded.value;
};

describe('what other clients write', () => {
  it.each(vectors.map((vector) => [`${vector.client}, ${vector.format}, ${vector.compression}, event ${vector.event}`, vector] as const))('%s', (_what, { format, compression, event, frame }) => {
    const opened = readFrame(Buffer.from(frame, 'base64'));
    if ('code' in opened) throw new Error(opened.found);
    expect(opened.compression).toBe(compression);
    const payload = compression === 'zlib' ? inflate(opened.payload) : opened.payload;
    if ('code' in payload) throw new Error(payload.found);
    expect(said(format === 'AVRO' ? avro(payload) : JSON.parse(Buffer.from(payload).toString('utf8')))).toEqual(said(events[event]));
  });

  it.each(payloads.map((each) => [`${each.client}, event ${each.event}`, each] as const))('%s', (_what, { event, payload }) => {
    expect(said(avro(Buffer.from(payload, 'base64')))).toEqual(said(events[event]));
  });

  it('aws-kinesis-agg packs as we unpack', () => {
    const bytes = Buffer.from(aggregate.data, 'base64');
    expect(isAggregated(bytes)).toBe(true);
    expect(deaggregate(bytes)?.map(({ partitionKey, data }) => [partitionKey, JSON.parse(Buffer.from(data).toString('utf8'))])).toEqual(events.map((event, index) => [`key-${index % 2}`, event]));
  });
});
