import Ajv from 'ajv';
import { Type } from 'avsc';
import fc from 'fast-check';
import { checkCompatibility } from '../../../../core/contract/compatibility/check';
import type { Schema } from '../../../../core/contract/compatibility/check';
import { contractAvroSchema } from '../../../../core/contract/schemas/avro';
import { contractJsonSchema } from '../../../../core/contract/schemas/json';
import type { CompatibilityMode, FieldNode, FieldNodes } from '../../../../core/definition/node';
import { encodeAvro } from '../../../../lib/runtime/wire/avro';
import { pairs as others } from './pairs';
import { protobufPairs } from './protobuf-pairs';

const pairs = [...others, ...protobufPairs];

describe('two versions of a schema', () => {
  it('are shown in more than a hundred and twenty ways', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(120);
    expect(new Set(pairs.map(({ format, rule }) => `${format} ${rule}`)).size).toBe(pairs.length);
  });

  it.each(pairs.map((pair) => [pair.format, pair.rule, pair] as const))('%s: %s', (_format, _rule, { format, next, former, backward, forward }) => {
    const verdict = (mode: CompatibilityMode): boolean => checkCompatibility({ format, mode, proposed: next, previous: [former] }).compatible;
    expect({ backward: verdict('BACKWARD'), forward: verdict('FORWARD'), full: verdict('FULL') }).toEqual({ backward, forward, full: backward && forward });
    expect([verdict('NONE'), verdict('DISABLED')]).toEqual([true, false]);
  });

  it('say for each difference where it is, what both sides are and what to do', () => {
    for (const { format, next, former } of pairs) {
      const verdict = checkCompatibility({ format, mode: 'FULL', proposed: next, previous: [former] });
      for (const each of verdict.compatible ? [] : verdict.differences) {
        expect(each).toEqual({ path: expect.stringMatching(/^(\/.*)?$/u), kind: expect.any(String), direction: expect.stringMatching(/^(backward|forward)$/u), reader: expect.stringMatching(/./u), writer: expect.stringMatching(/./u), remedy: expect.stringMatching(/./u), against: 0 });
      }
    }
  });
});

describe('the modes', () => {
  const versions = ['int', 'long', 'double'];
  it.each([['BACKWARD', 'float', false], ['BACKWARD', 'double', true], ['FORWARD', 'int', true], ['FORWARD', 'string', false], ['BACKWARD_ALL', 'double', true], ['FORWARD_ALL', 'int', true], ['FORWARD_ALL', 'long', false], ['FULL_ALL', 'double', false]] as const)('%s of %s after int, long and double: %s', (mode, proposed, compatible) => {
    expect(checkCompatibility({ format: 'AVRO', mode, proposed, previous: versions }).compatible).toBe(compatible);
  });

  it('refuse under every mode what is no schema', () => {
    for (const mode of ['NONE', 'BACKWARD', 'FULL_ALL'] as const) expect(checkCompatibility({ format: 'AVRO', mode, proposed: { type: 'recrod' }, previous: [] })).toMatchObject({ compatible: false, differences: [{ kind: 'invalid_schema' }] });
  });

  it('allow any first version', () => {
    for (const mode of ['DISABLED', 'BACKWARD', 'FULL_ALL'] as const) expect(checkCompatibility({ format: 'AVRO', mode, proposed: 'int', previous: [] }).compatible).toBe(true);
  });
});

const names = ['a', 'b', 'c', 'd'] as const;
const flags = { optional: fc.boolean(), personal: fc.constant(false) };
const fieldNode: fc.Arbitrary<FieldNode> = fc.oneof(
  fc.record({ scalar: fc.constant('string' as const), ...flags, oneOf: fc.constantFrom(['x', 'y'], ['x', 'y', 'z']) }, { requiredKeys: ['scalar', 'optional', 'personal'] }),
  fc.record({ scalar: fc.constantFrom('int' as const, 'float' as const), ...flags, min: fc.constantFrom(-5, 0), max: fc.constantFrom(5, 10) }, { requiredKeys: ['scalar', 'optional', 'personal'] }),
  fc.record({ scalar: fc.constantFrom('boolean' as const, 'timestamp' as const), ...flags }),
);
const fieldsOf: fc.Arbitrary<FieldNodes> = fc.dictionary(fc.constantFrom(...names), fieldNode, { minKeys: 1, maxKeys: 4 });
/** A later version: some fields as they were, some others, some new, some gone. */
const evolved = (fields: FieldNodes): fc.Arbitrary<FieldNodes> => fc.tuple(fieldsOf, fc.array(fc.constantFrom(...names)), fc.array(fc.constantFrom(...names)))
  .map(([others, taken, gone]) => Object.fromEntries(Object.entries({ ...fields, ...Object.fromEntries(Object.entries(others).filter(([name]) => taken.includes(name as 'a'))) }).filter(([name]) => !gone.includes(name as 'a'))));

const valueOf = ({ scalar, optional, oneOf, min = -5, max = 10 }: FieldNode): fc.Arbitrary<unknown> => {
  const value = { string: oneOf ? fc.constantFrom(...oneOf) : fc.string({ maxLength: 4 }), int: fc.integer({ min, max }), float: fc.double({ min, max, noNaN: true }), boolean: fc.boolean(), timestamp: fc.constant('2026-03-01T12:00:00.000Z') }[scalar];
  return optional ? fc.option<unknown>(value) : value;
};
const dataOf = (fields: FieldNodes): fc.Arbitrary<Readonly<Record<string, unknown>>> => fc.record(Object.fromEntries(Object.entries(fields).map(([name, node]) => [name, valueOf(node)])), { requiredKeys: Object.entries(fields).filter(([, { optional }]) => !optional).map(([name]) => name) });

const scenario = fieldsOf.chain((former) => fc.record({ former: fc.constant(former), next: evolved(former), data: dataOf(former) }));
const event = (data: Readonly<Record<string, unknown>>) => ({ specversion: '1.0', id: '1', source: '/s', type: 't.e', time: '2026-03-01T12:00:00.000Z', data });
const definition = (fields: FieldNodes) => ({ name: 't.e', version: 1, fields });

/** Runs until enough pairs were accepted: a property over pairs that are all refused would hold of anything. */
const acceptedOf = (format: 'AVRO' | 'JSON', schemaOf: (fields: FieldNodes) => unknown, holds: (next: unknown, former: unknown, data: Readonly<Record<string, unknown>>) => boolean): number => {
  let accepted = 0;
  fc.assert(fc.property(scenario, ({ former, next, data }) => {
    const [proposed, previous] = [schemaOf(next), schemaOf(former)];
    if (!checkCompatibility({ format, mode: 'BACKWARD', proposed: proposed as Schema, previous: [previous as Schema] }).compatible) return true;
    accepted += 1;
    return holds(proposed, previous, data);
  }), { numRuns: 1500 });
  return accepted;
};

describe('what is accepted as BACKWARD', () => {
  it('is valid under the new JSON Schema, whatever the old one allowed', () => {
    const accepted = acceptedOf('JSON', (fields) => contractJsonSchema(definition(fields)), (next, former, data) => {
      const ajv = new Ajv({ strict: false, formats: { 'date-time': true } });
      return ajv.validate(former as object, event(data)) && ajv.validate(next as object, event(data));
    });
    expect(accepted).toBeGreaterThan(100);
  });

  it('is read by the new Avro schema, whatever the old one wrote', () => {
    const accepted = acceptedOf('AVRO', (fields) => contractAvroSchema(definition(fields)), (next, former, data) => {
      const bytes = Buffer.from(encodeAvro(JSON.stringify(former), event(data)));
      const [reader, writer] = [next, former].map((schema) => Type.forSchema(schema as never));
      const read = reader?.fromBuffer(bytes, reader.createResolver(writer as Type)) as { readonly data: Readonly<Record<string, unknown>> };
      // Moments are numbers there and text here.
      return Object.entries(read.data).every(([name, value]) => typeof value !== typeof data[name] || value === data[name] || value === null);
    });
    expect(accepted).toBeGreaterThan(200);
  });
});
