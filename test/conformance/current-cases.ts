import type { Value } from '../../core/expression/evaluate';
import { modes, type Mode, type TillRow } from '../lib/runtime/materialize/support';

type Features = Readonly<Record<string, Value>>;
export interface Batch { readonly arrival: number; readonly rows: readonly TillRow[] }
/** Batches of a dataset that is known in one of the ways that there are, and a question about a row. */
export interface Situation { readonly mode: Mode; readonly batches: readonly Batch[]; readonly key: { readonly shop: string; readonly till: number }; readonly at: number }

export const instant = (text: string): number => Date.parse(`2026-03-${text}:00Z`);
const row = (updatedAt: string, rest: Partial<TillRow> = {}): TillRow => ({ shop: 's', till: 1, opened: '2020-01-01T00:00:00Z', size: 8, staff: 2, isOpen: true, updatedAt: `2026-03-${updatedAt}:00Z`, ...rest });
const batch = (arrival: string, ...rows: readonly TillRow[]): Batch => ({ arrival: instant(arrival), rows });
const other = (updatedAt: string): TillRow => row(updatedAt, { till: 2 });
export const usual = { shop: 's', till: 1 };

export interface Case { readonly name: string; readonly modes: readonly Mode[]; readonly batches: readonly Batch[]; readonly at: string; readonly key?: Situation['key']; readonly expected: Features }
const wholes = ['whole_always', 'whole_arrival', 'whole_column'] as const;
const absent = { size: null, isLarge: null, shopAgain: null };

/** What every engine must say of a dataset's newest row. */
export const cases: readonly Case[] = [
  { name: 'a row that is there', modes, batches: [batch('02T06:00', row('01T12:00'))], at: '03T00:00', expected: { size: 8, opened: Date.UTC(2020, 0, 1), isOpen: true, isLarge: false, perHead: 4, shopAgain: 's' } },
  { name: 'an entity of which there is no row', modes, batches: [batch('02T06:00', row('01T12:00'))], at: '03T00:00', key: { shop: 's', till: 9 }, expected: absent },
  { name: 'an entity whose key has to be escaped', modes, batches: [batch('02T06:00', row('01T12:00', { shop: "o'|\\" }))], at: '03T00:00', key: { shop: "o'|\\", till: 1 }, expected: { size: 8, shopAgain: "o'|\\" } },
  { name: 'the row of the newer batch', modes, batches: [batch('02T06:00', row('01T12:00')), batch('03T06:00', row('02T12:00', { size: 20 }))], at: '04T00:00', expected: { size: 20, isLarge: true } },
  { name: 'the row of the newer batch, whose column says that it is older', modes, batches: [batch('02T06:00', row('01T12:00')), batch('03T06:00', row('01T06:00', { size: 20 }))], at: '04T00:00', expected: { size: 20 } },
  { name: 'a value that became null', modes, batches: [batch('02T06:00', row('01T12:00')), batch('03T06:00', row('02T12:00', { size: null }))], at: '04T00:00', expected: { size: null, isLarge: null, perHead: null, shopAgain: 's' } },
  { name: 'a row that is gone from a batch that is whole', modes: wholes, batches: [batch('02T06:00', row('01T12:00'), other('01T12:00')), batch('03T06:00', other('02T12:00'))], at: '04T00:00', expected: absent },
  { name: 'a row that was gone and is there again', modes: wholes, batches: [batch('02T06:00', row('01T12:00'), other('01T12:00')), batch('03T06:00', other('02T12:00')), batch('04T06:00', row('03T12:00', { size: 3 }), other('02T12:00'))], at: '05T00:00', expected: { size: 3 } },
  { name: 'a row that no further increment holds', modes: ['increments_always', 'increments_arrival', 'increments_column'], batches: [batch('02T06:00', row('01T12:00'), other('01T12:00')), batch('03T06:00', other('02T12:00'))], at: '04T00:00', expected: { size: 8 } },
  { name: 'what was always known, before it was there', modes: ['whole_always', 'increments_always'], batches: [batch('02T06:00', row('01T12:00'))], at: '01T00:00', expected: { size: 8 } },
  { name: 'what is known from its arrival on, before that', modes: ['whole_arrival', 'increments_arrival'], batches: [batch('02T06:00', row('01T12:00'))], at: '02T06:00', expected: absent },
  { name: 'what is known from a column on, at that moment', modes: ['whole_column', 'increments_column'], batches: [batch('02T06:00', row('01T12:00'))], at: '01T12:00', expected: absent },
  { name: 'what is known from a column on, just after that moment', modes: ['whole_column', 'increments_column'], batches: [batch('02T06:00', row('01T12:00'))], at: '01T12:01', expected: { size: 8 } },
  { name: 'a column that says a time before 1970', modes: ['whole_column', 'increments_column'], batches: [batch('02T06:00', row('01T12:00', { updatedAt: '1900-01-01T00:00:00Z' }))], at: '03T00:00', expected: { size: 8, shopAgain: 's' } },
  { name: 'a column that says a time after the arrival', modes: ['whole_column', 'increments_column'], batches: [batch('02T06:00', row('09T12:00'))], at: '02T06:01', expected: { size: 8 } },
  { name: 'the row before, at a moment between', modes: ['whole_arrival', 'increments_arrival'], batches: [batch('02T06:00', row('01T12:00')), batch('04T06:00', row('03T12:00', { size: 20 }))], at: '04T05:59', expected: { size: 8 } },
  { name: 'the row before, at a moment between by a column', modes: ['whole_column', 'increments_column'], batches: [batch('02T06:00', row('01T12:00')), batch('04T06:00', row('03T12:00', { size: 20 }))], at: '03T12:00', expected: { size: 8 } },
  { name: 'a row that is gone, at a moment before it was', modes: ['whole_arrival', 'whole_column'], batches: [batch('02T06:00', row('01T12:00'), other('01T12:00')), batch('04T06:00', other('03T12:00'))], at: '04T06:00', expected: { size: 8 } },
  { name: 'what was said again of a time before', modes: ['whole_column', 'increments_column'], batches: [batch('02T06:00', row('01T12:00')), batch('04T06:00', row('01T10:00', { size: 20 }))], at: '01T11:00', expected: { size: 20 } },
];
