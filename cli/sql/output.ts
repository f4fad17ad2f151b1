import { printable } from '../quarantine/printable';
import type { QueryValue, RowSink } from './query';

/** Rows on their way to stdout; `end` writes what was kept back. */
export interface Output extends RowSink { readonly end: () => Promise<void> }

type Write = (text: string) => Promise<void>;

const cellText = (value: QueryValue): string => (value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Rows as a JSON list of objects, one on a line. */
export const jsonOutput = (write: Write): Output => {
  let names: readonly string[] = [];
  let rows = 0;
  return {
    columns: (given) => { names = given; },
    row: async (values) => {
      await write(`${rows === 0 ? '[' : ',\n'}${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])))}`);
      rows += 1;
    },
    end: async () => { await write(rows === 0 ? '[]\n' : ']\n'); },
  };
};

const csvCell = (text: string): string => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Rows as CSV (RFC 4180) with a header; structs and lists as JSON. */
export const csvOutput = (write: Write): Output => ({
  columns: async (names) => { await write(`${names.map(csvCell).join(',')}\r\n`); },
  row: async (values) => { await write(`${values.map((value) => csvCell(cellText(value))).join(',')}\r\n`); },
  end: async () => { await Promise.resolve(); },
});

const widest = 60;
const shown = (value: QueryValue): string => {
  const text = printable(cellText(value));
  return text.length <= widest ? text : `${text.slice(0, widest - 1)}…`;
};

/** Rows as a table for a terminal: every row is kept until the end, and long values are cut. */
export const tableOutput = (write: Write): Output => {
  const rows: string[][] = [];
  return {
    columns: (names) => { rows.push(names.map(shown)); },
    row: (values) => { rows.push(values.map(shown)); },
    end: async () => {
      const widths = (rows[0] ?? []).map((_name, index) => rows.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), 0));
      const line = (row: readonly string[]): string => `${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd()}\n`;
      const [header = [], ...rest] = rows;
      await write([line(header), line(widths.map((width) => '─'.repeat(width))), ...rest.map(line)].join(''));
    },
  };
};
