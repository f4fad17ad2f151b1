import { Type } from 'avsc';
import { inlineAvro } from '../../../../core/contract/compatibility/avro/inline';

const place = { type: 'record', name: 'Place', namespace: 'geo', fields: [{ name: 'code', type: 'string' }, { name: 'kind', type: 'Kind' }] };
const kind = { type: 'enum', name: 'geo.Kind', symbols: ['PORT', 'FIELD'] };
const flight = { type: 'record', name: 'Flight', namespace: 'ops', fields: [{ name: 'from', type: 'geo.Place' }, { name: 'to', type: ['null', 'geo.Place'] }, { name: 'all', type: { type: 'array', items: 'geo.Kind' } }] };

describe('an Avro schema with references', () => {
  it('stands by itself when they are put in, each where it is named first', () => {
    const whole = inlineAvro(JSON.stringify(flight), [kind, place].map((each) => JSON.stringify(each)));
    const type = Type.forSchema(JSON.parse(whole));
    const value = { from: { code: 'ORD', kind: 'PORT' }, to: { 'geo.Place': { code: 'JFK', kind: 'FIELD' } }, all: ['FIELD'] };
    // As a schema that says all of it: the same bytes.
    const written = Type.forSchema({ ...flight, fields: [{ name: 'from', type: { ...place, fields: [place.fields[0], { name: 'kind', type: kind }] } }, ...flight.fields.slice(1)] } as never, { wrapUnions: true }).toBuffer(value);
    expect(type.fromBuffer(written)).toEqual({ from: { code: 'ORD', kind: 'PORT' }, to: { code: 'JFK', kind: 'FIELD' }, all: ['FIELD'] });
  });

  it('keeps a name without a namespace out of the namespace around it', () => {
    const whole = JSON.parse(inlineAvro(JSON.stringify({ type: 'record', name: 'a.B', fields: [{ name: 'c', type: 'C' }, { name: 'again', type: 'C' }] }), [JSON.stringify({ type: 'fixed', name: 'C', size: 2 })])) as { readonly fields: readonly { readonly type: unknown }[] };
    expect(whole.fields.map(({ type }) => type)).toEqual([{ type: 'fixed', name: 'C', namespace: '', size: 2 }, 'C']);
  });

  it('that refer to one another in a circle are put in once', () => {
    const [left, right] = [{ type: 'record', name: 'x.L', fields: [{ name: 'r', type: ['null', 'x.R'] }] }, { type: 'record', name: 'x.R', fields: [{ name: 'l', type: ['null', 'x.L'] }] }];
    expect(() => Type.forSchema(JSON.parse(inlineAvro(JSON.stringify(left), [JSON.stringify(right)])))).not.toThrow();
  });
});
