import fc from 'fast-check';
import type { Frame, RegistryKind } from '../../../core/contract/frame';
import { isFramed, readFrame, writeFrame } from '../../../core/contract/frame';

const uuid = '11111111-1111-4111-8111-111111111111';
const glue = writeFrame({ registry: 'glue', schemaVersionId: uuid, compression: 'none', payload: Buffer.from('{}') });
const confluent = writeFrame({ registry: 'confluent', schemaVersionId: '258', compression: 'none', payload: Buffer.from('{}') });

const codeOf = (bytes: Uint8Array, registry?: RegistryKind): string => {
  const read = readFrame(bytes, registry);
  return 'code' in read ? read.code : read.registry;
};

describe('a frame', () => {
  it('of Confluent is the byte 0, the id in four bytes, the largest first, and the payload', () => {
    expect([...confluent]).toEqual([0, 0, 0, 1, 2, 0x7b, 0x7d]);
    expect(readFrame(confluent, 'confluent')).toMatchObject({ registry: 'confluent', schemaVersionId: '258', compression: 'none', payload: Buffer.from('{}') });
  });

  it('holds the largest id that four bytes can', () => {
    expect(readFrame(Buffer.from([0, 255, 255, 255, 255, 1]), 'confluent')).toMatchObject({ schemaVersionId: '4294967295' });
  });

  it('of a registry that the environment does not have is rejected, and not guessed at', () => {
    expect([codeOf(glue, 'confluent'), codeOf(confluent, 'glue')]).toEqual(['registry_not_configured', 'registry_not_configured']);
    expect([codeOf(glue, 'glue'), codeOf(confluent, 'confluent')]).toEqual(['glue', 'confluent']);
    expect([codeOf(glue), codeOf(confluent)]).toEqual(['glue', 'confluent']);
  });

  it.each([[1], [2], [4], [5], [8]])('does not begin with %i, nor does a text', (magic) => {
    const bytes = Buffer.concat([Buffer.from([magic]), confluent.subarray(1)]);
    expect([isFramed(bytes), codeOf(bytes, 'confluent'), codeOf(bytes, 'glue'), codeOf(bytes)]).toEqual([true, 'bad_frame', 'bad_frame', 'bad_frame']);
  });

  it.each([[0], [1], [4], [5]])('cut off after %i bytes is none', (length) => {
    expect(isFramed(confluent.subarray(0, length)) ? codeOf(confluent.subarray(0, length), 'confluent') : 'no frame').toBe(length === 0 ? 'no frame' : 'bad_frame');
  });

  it('is never taken for JSON, nor JSON for a frame', () => {
    fc.assert(fc.property(fc.tuple(fc.stringMatching(/^[ \t\r\n]{0,3}$/u), fc.json()), ([lead, text]) => !isFramed(Buffer.from(`${lead}${text}`))));
    fc.assert(fc.property(fc.nat(8), fc.uint8Array({ maxLength: 40 }), (magic, rest) => {
      const bytes = Buffer.concat([Buffer.from([magic]), rest]);
      expect(isFramed(bytes)).toBe(true);
      expect(() => { JSON.parse(bytes.toString('utf8')); }).toThrow(/JSON/u);
    }));
  });

  it('says what was put in', () => {
    const frames: fc.Arbitrary<Frame> = fc.oneof(
      fc.record({ registry: fc.constant('glue' as const), schemaVersionId: fc.uuid(), compression: fc.constantFrom('none' as const, 'zlib' as const), payload: fc.uint8Array({ minLength: 1 }) }),
      fc.record({ registry: fc.constant('confluent' as const), schemaVersionId: fc.nat(0xff_ff_ff_ff).map(String), compression: fc.constant('none' as const), payload: fc.uint8Array({ minLength: 1 }) }),
    );
    fc.assert(fc.property(frames, (frame) => {
      const read = readFrame(writeFrame(frame), frame.registry);
      expect('code' in read ? read : { ...read, payload: [...read.payload] }).toEqual({ ...frame, payload: [...frame.payload] });
    }));
  });
});
