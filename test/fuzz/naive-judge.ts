import Ajv from 'ajv';
import { dataSchema } from '../../core/contract/json-schema';
import type { Manifest } from '../../core/manifest/manifest';

/** Reads JSON in the plainest way, by the grammar of RFC 8259: an oracle for what decoding accepts. */
const readJson = (text: string): unknown => {
  let at = 0;
  const fail = (): never => { throw new SyntaxError(`at ${at}`); };
  const space = (): void => { while (' \t\n\r'.includes(text[at] ?? 'x')) at += 1; };
  const take = (word: string): void => { if (text.startsWith(word, at)) at += word.length; else fail(); };
  const readText = (): string => {
    take('"');
    let value = '';
    for (;;) {
      const character = text[at] ?? fail();
      at += 1;
      if (character === '"') break;
      if (character < ' ') fail();
      if (character !== '\\') { value += character; continue; }
      const escape = text[at] ?? fail();
      at += 1;
      const plain = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[escape];
      if (plain !== undefined) { value += plain; continue; }
      const digits = /^[0-9a-fA-F]{4}/u.exec(text.slice(at))?.[0];
      if (escape !== 'u' || digits === undefined) return fail();
      value += String.fromCharCode(Number.parseInt(digits, 16));
      at += 4;
    }
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) fail();
    return value;
  };
  const read = (depth: number): unknown => {
    space();
    const first = text[at];
    if (first === '{' || first === '[') {
      if (depth >= 32) fail();
      at += 1;
      const members = new Map<string, unknown>();
      const end = first === '{' ? '}' : ']';
      space();
      if (text[at] === end) { at += 1; return first === '{' ? {} : []; }
      for (let index = 0; ; index += 1) {
        space();
        const name = first === '{' ? readText() : String(index);
        if (members.has(name)) fail();
        if (first === '{') { space(); take(':'); }
        members.set(name, read(depth + 1));
        space();
        if (text[at] === end) { at += 1; break; }
        take(',');
      }
      return first === '[' ? [...members.values()] : Object.fromEntries(members);
    }
    if (first === '"') return readText();
    for (const [word, value] of [['true', true], ['false', false], ['null', null]] as const) if (text.startsWith(word, at)) { at += word.length; return value; }
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/u.exec(text.slice(at))?.[0] ?? fail();
    at += number.length;
    return Number(number);
  };
  const value = read(0);
  space();
  if (at !== text.length) fail();
  return value;
};

type Json = Readonly<Record<string, unknown>>;
const own = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Json)[name] : undefined);

/**
 * Whether bytes are an event of a manifest, judged in the plainest way and with none of the platform's own code but the
 * schema: a reader by the grammar, Ajv as it comes, and the clock of JavaScript.
 */
export const naiveJudge = (manifest: Manifest): ((data: Uint8Array, arrival: number) => boolean) => {
  const ajv = new Ajv({ strict: false, ownProperties: true });
  ajv.addFormat('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/u.test(text) && !Number.isNaN(Date.parse(text)));
  const validators = Object.values(manifest.events).map(({ name, version, fields }) => ({ name, version, validate: ajv.compile(dataSchema({ name, version, fields })) }));
  return (data, arrival) => {
    try {
      if (data.length > 256 * 1024) return false;
      const event = readJson(new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(data));
      const [id, source, type, time] = ['id', 'source', 'type', 'time'].map((name) => own(event, name));
      if (own(event, 'specversion') !== '1.0' || ![id, source, type, time].every((each) => typeof each === 'string' && each !== '')) return false;
      if (!(Date.parse(String(time)) <= arrival + 300_000)) return false;
      // Of some version: which one is meant is another question.
      return validators.some((each) => each.name === type && each.validate(own(event, 'data')));
    } catch {
      return false;
    }
  };
};
