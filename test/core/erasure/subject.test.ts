import { float, int, optional, personal, string, timestamp } from '../../../core/definition';
import { bearingOfData, bearingOfEvent, findingFields, recognitionOf, subjectProblem, type Subject } from '../../../core/erasure/subject';

const fields = { customer: personal(string()), friend: optional(personal(string())), number: optional(personal(int())), born: optional(personal(timestamp())), paid: optional(personal(float())), note: optional(string()), items: optional(int()) };
const ada: Subject = { identifiers: ['ada@example.org'] };
const seventeen: Subject = { identifiers: ['17'], fields: ['number'] };
const data = { customer: 'bob@example.org' };

describe('the bearing of data on a subject', () => {
  it.each([
    ['a personal field that holds the identifier', { customer: 'ada@example.org' }, 'subject'],
    ['any of the personal fields', { ...data, friend: 'ada@example.org' }, 'subject'],
    ['a member that is not declared', { ...data, copied_to: ['x', 'ada@example.org'] }, 'subject'],
    ['a member of a member that is not declared', { ...data, extra: { deep: { mail: 'ada@example.org' } } }, 'subject'],
    ['the name of a member that is not declared', { ...data, extra: { 'ada@example.org': true } }, 'subject'],
    ['a field that is declared and not personal', { ...data, note: 'ada@example.org' }, 'mention'],
    ['a longer text', { ...data, customer: 'ada@example.org.uk' }, 'mention'],
    ['a longer text in a member that is not declared', { ...data, said: 'write to ada@example.org' }, 'mention'],
    ['nothing of the kind', data, 'other'],
    ['another way to write it', { ...data, customer: 'Ada@example.org' }, 'other'],
  ])('sees %s', (_, given, bearing) => {
    expect(bearingOfData(recognitionOf(ada), given, fields)).toBe(bearing);
  });

  it('looks in the named fields alone where a subject names some', () => {
    expect(bearingOfData(recognitionOf(seventeen), { ...data, number: 17 }, fields)).toBe('subject');
    expect(bearingOfData(recognitionOf(seventeen), { ...data, items: 17 }, fields)).toBe('mention');
    expect(bearingOfData(recognitionOf(seventeen), { ...data, extra: { number: '17', other: 17 } }, fields)).toBe('subject');
    expect(bearingOfData(recognitionOf(seventeen), { ...data, extra: { other: 17 } }, fields)).toBe('mention');
    expect(bearingOfData(recognitionOf({ ...ada, fields: ['friend'] }), { customer: 'ada@example.org' }, fields)).toBe('mention');
  });

  it('sees what is nested deeper than any call may go', () => {
    const nested = (inner: string, levels: number): unknown => JSON.parse(`${'{"a":['.repeat(levels)}${JSON.stringify(inner)}${']}'.repeat(levels)}`) as unknown;
    expect(bearingOfData(recognitionOf(ada), nested('ada@example.org', 50_000), undefined)).toBe('subject');
    expect(bearingOfData(recognitionOf(ada), nested('bob@example.org', 50_000), undefined)).toBe('other');
  });

  it('takes everything for undeclared where there is no contract', () => {
    expect(bearingOfData(recognitionOf(ada), { note: 'ada@example.org' }, undefined)).toBe('subject');
    expect(bearingOfData(recognitionOf(ada), 'ada@example.org', undefined)).toBe('subject');
    expect(bearingOfData(recognitionOf(ada), null, fields)).toBe('other');
  });

  it('reads the attributes of an event, of which none is declared', () => {
    expect(bearingOfEvent(recognitionOf(ada), { id: 'ada@example.org', data }, fields)).toBe('subject');
    expect(bearingOfEvent(recognitionOf(ada), { id: 'e-1', subject: 'ada@example.org', data }, fields)).toBe('subject');
    expect(bearingOfEvent(recognitionOf(ada), { id: 'order of ada@example.org', data }, fields)).toBe('mention');
    expect(bearingOfEvent(recognitionOf(ada), { id: 'e-1', data: { customer: 'ada@example.org' } }, fields)).toBe('subject');
    expect(bearingOfEvent(recognitionOf(ada), ['ada@example.org'], fields)).toBe('subject');
  });
});

describe('a subject', () => {
  const known = new Set(['customer', 'friend', 'number']);

  it('is found by personal fields that say who somebody is', () => {
    expect(findingFields(fields)).toEqual(['customer', 'friend', 'number']);
  });

  it('is refused with what to do', () => {
    expect(subjectProblem(ada, known, ['accounts@v1.number'])).toBeUndefined();
    expect(subjectProblem({ identifiers: ['17'] }, known, ['accounts@v1.number'])).toContain('name the fields in which it does (--field)');
    expect(subjectProblem({ identifiers: ['17'] }, known, [])).toBeUndefined();
    expect(subjectProblem(seventeen, known, ['accounts@v1.number'])).toBeUndefined();
    expect(subjectProblem({ ...ada, fields: ['mail'] }, known, [])).toContain("no definition has a personal field 'mail' that holds a text or a whole number; there are customer, friend, number");
    expect(subjectProblem({ ...ada, fields: ['mail'] }, new Set(), [])).toContain('there are none: mark the fields');
    expect(subjectProblem({ identifiers: ['ada', ' '] }, known, [])).toContain('is empty');
  });
});
