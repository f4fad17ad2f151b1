import { below } from '../compatibility/difference';
import type { InvalidProtobuf, NumberRange, ProtobufEnum, ProtobufField, ProtobufFile, ProtobufMessage } from './node';
import { isScalar, largestEnumNumber, largestFieldNumber } from './node';
import type { Token } from './tokens';
import { tokensOf } from './tokens';

/** Longest text of a schema, characters: Glue's limit. */
const longestProtobuf = 170_000;
/** Deeper messages are refused: nobody writes them, and reading them would use up the stack. */
const deepest = 32;

/** Ends reading: what is wrong stands in it. It does not leave this module. */
class Invalid extends Error {
  readonly path: string;
  constructor(path: string, problem: string) {
    super(problem);
    this.path = path;
  }
}

const end: Token = { kind: 'sign', value: 'the end', line: 0 };

/** Tokens that are taken one after another. */
const cursor = (tokens: readonly Token[]) => {
  let next = 0;
  const peek = (ahead = 0): Token => tokens[next + ahead] ?? end;
  const take = (): Token => { const taken = peek(); next += 1; return taken; };
  const fail = (path: string, wanted: string, found: Token = peek()): never => { throw new Invalid(path, `${wanted} is wanted, and ${found.value} stands${found.line > 0 ? ` in line ${found.line}` : ' there'}`); };
  const isSign = (value: string): boolean => peek().kind === 'sign' && peek().value === value;
  const isWord = (value: string): boolean => peek().kind === 'word' && peek().value === value;
  const sign = (path: string, value: string): void => { if (!isSign(value)) fail(path, value); next += 1; };
  const word = (path: string, wanted: string): string => (peek().kind === 'word' ? take().value : fail(path, wanted));
  const text = (path: string): string => {
    if (peek().kind !== 'text') fail(path, 'a text in quotes');
    let value = '';
    while (peek().kind === 'text') value += take().value;
    return value;
  };
  const skipSign = (value: string): boolean => { const there = isSign(value); if (there) next += 1; return there; };
  return { peek, take, fail, isSign, isWord, sign, word, text, skipSign, isOver: () => next >= tokens.length };
};
type Cursor = ReturnType<typeof cursor>;

const numberOf = (from: Cursor, path: string, least: number, most: number): number => {
  const negative = from.skipSign('-');
  const { kind, value } = from.peek();
  const number = kind === 'number' && /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/u.test(value) ? (/^0[0-7]+$/u.test(value) ? Number.parseInt(value, 8) : Number(value)) * (negative ? -1 : 1) : Number.NaN;
  if (!(number >= least && number <= most)) from.fail(path, `a whole number from ${least} to ${most}`);
  from.take();
  return number;
};

/** A name with dots, and perhaps one before it. */
const dotted = (from: Cursor, path: string, wanted: string): string => {
  let name = from.skipSign('.') ? '.' : '';
  name += from.word(path, wanted);
  while (from.skipSign('.')) name += `.${from.word(path, wanted)}`;
  return name;
};

/** Passes over whatever stands in brackets, and brackets within. */
const skipBrackets = (from: Cursor, path: string): void => {
  let depth = 0;
  do {
    if (from.isOver()) from.fail(path, 'the end of what stands in brackets');
    const { kind, value } = from.take();
    if (kind === 'sign' && ['{', '[', '('].includes(value)) depth += 1;
    if (kind === 'sign' && ['}', ']', ')'].includes(value)) depth -= 1;
  } while (depth > 0);
};

const skipStatement = (from: Cursor, path: string): void => {
  while (!from.isSign(';')) {
    if (from.isOver()) from.fail(path, ';');
    if (from.isSign('{')) skipBrackets(from, path);
    else from.take();
  }
  from.take();
};

const skipOptions = (from: Cursor, path: string): void => { if (from.isSign('[')) skipBrackets(from, path); };

/** `reserved 2, 9 to 11, 40 to max;` or `reserved "a", "b";` */
const reservedIn = (from: Cursor, path: string, least: number, most: number): { readonly ranges: readonly NumberRange[]; readonly names: readonly string[] } => {
  const [ranges, names]: [NumberRange[], string[]] = [[], []];
  do {
    if (from.peek().kind === 'text') { names.push(from.text(path)); continue; }
    const first = numberOf(from, path, least, most);
    let last = first;
    if (from.isWord('to')) {
      from.take();
      last = from.isWord('max') ? most : numberOf(from, path, first, most);
      if (from.isWord('max')) from.take();
    }
    ranges.push({ from: first, to: last });
  } while (from.skipSign(','));
  from.sign(path, ';');
  return { ranges, names };
};

const enumOf = (from: Cursor, within: string): ProtobufEnum => {
  const name = from.word(within, 'the name of an enum');
  const path = below(within, name);
  const values: { readonly name: string; readonly number: number }[] = [];
  from.sign(path, '{');
  while (!from.skipSign('}')) {
    if (from.skipSign(';')) continue;
    if (from.isWord('option') && from.peek(1).value !== '=') { skipStatement(from, path); continue; }
    if (from.isWord('reserved') && from.peek(1).value !== '=') { from.take(); reservedIn(from, path, -largestEnumNumber - 1, largestEnumNumber); continue; }
    const value = from.word(path, 'the name of a value');
    from.sign(path, '=');
    values.push({ name: value, number: numberOf(from, path, -largestEnumNumber - 1, largestEnumNumber) });
    skipOptions(from, path);
    from.sign(path, ';');
  }
  if (values.length === 0) throw new Invalid(path, 'an enum without values');
  return { kind: 'enum', name, values };
};

const labels: ReadonlySet<string> = new Set(['optional', 'required', 'repeated']);

const fieldEnd = (from: Cursor, path: string): number => {
  from.sign(path, '=');
  const number = numberOf(from, path, 1, largestFieldNumber);
  if (number >= 19_000 && number <= 19_999) throw new Invalid(path, `the number ${number}, which is kept for the language itself`);
  skipOptions(from, path);
  from.sign(path, ';');
  return number;
};

const mapOf = (from: Cursor, within: string): ProtobufField => {
  from.take();
  from.sign(within, '<');
  const key = from.word(within, 'the type of keys');
  if (!isScalar(key) || ['double', 'float', 'bytes'].includes(key)) throw new Invalid(within, `keys of the type ${key}; they are whole numbers, texts or bools`);
  from.sign(within, ',');
  const type = dotted(from, within, 'the type of values');
  from.sign(within, '>');
  const name = from.word(within, 'the name of a field');
  return { name, type, label: 'repeated', mapKey: key, number: fieldEnd(from, below(within, name)) };
};

const fieldOf = (from: Cursor, within: string, syntax: ProtobufFile['syntax'], oneof?: string): ProtobufField => {
  if (oneof === undefined && from.isWord('map') && from.peek(1).value === '<') return mapOf(from, within);
  const isLabelled = oneof === undefined && from.peek().kind === 'word' && labels.has(from.peek().value) && from.peek(1).value !== '=';
  const label = isLabelled ? from.take().value as ProtobufField['label'] : oneof === undefined ? 'implicit' : 'optional';
  if (syntax === 'proto3' && label === 'required') throw new Invalid(within, 'a required field, which proto3 does not have');
  if (syntax === 'proto2' && label === 'implicit') from.fail(within, 'optional, required or repeated');
  if (from.isWord('group')) throw new Invalid(within, 'a group, which is not supported; make it a message and a field');
  const type = dotted(from, within, 'the type of a field');
  const name = from.word(within, 'the name of a field');
  return { name, type, label, ...(oneof === undefined ? {} : { oneof }), number: fieldEnd(from, below(within, name)) };
};

const oneofOf = (from: Cursor, within: string, syntax: ProtobufFile['syntax']): readonly ProtobufField[] => {
  const name = from.word(within, 'the name of a oneof');
  const fields: ProtobufField[] = [];
  from.sign(within, '{');
  while (!from.skipSign('}')) {
    if (from.skipSign(';')) continue;
    if (from.isWord('option')) { skipStatement(from, within); continue; }
    fields.push(fieldOf(from, within, syntax, name));
  }
  if (fields.length === 0) throw new Invalid(within, `the oneof ${name} without fields`);
  return fields;
};

const checkNames = (path: string, what: string, values: readonly (string | number)[]): void => {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new Invalid(path, `${what} ${twice} twice`);
};

const checkMessage = (path: string, { fields, messages, enums, reserved, reservedNames }: ProtobufMessage): void => {
  checkNames(path, 'the field', fields.map(({ name }) => name));
  checkNames(path, 'the number', fields.map(({ number }) => number));
  checkNames(path, 'the type', [...messages, ...enums].map(({ name }) => name));
  for (const { name, number } of fields)
    if (reservedNames.includes(name) || reserved.some(({ from, to }) => number >= from && number <= to)) throw new Invalid(below(path, name), `the field ${name} = ${number}, which is reserved`);
};

const messageOf = (from: Cursor, within: string, syntax: ProtobufFile['syntax'], depth: number): ProtobufMessage => {
  const name = from.word(within, 'the name of a message');
  const path = below(within, name);
  if (depth > deepest) throw new Invalid(path, `messages nested more than ${deepest} deep`);
  const [fields, messages, enums, reserved, reservedNames]: [ProtobufField[], ProtobufMessage[], ProtobufEnum[], NumberRange[], string[]] = [[], [], [], [], []];
  const statements: Readonly<Record<string, () => void>> = {
    message: () => { messages.push(messageOf(from, path, syntax, depth + 1)); },
    enum: () => { enums.push(enumOf(from, path)); },
    oneof: () => { fields.push(...oneofOf(from, path, syntax)); },
    option: () => { skipStatement(from, path); },
    extensions: () => { skipStatement(from, path); },
    extend: () => { throw new Invalid(path, 'an extension, which is not supported'); },
    reserved: () => {
      const { ranges, names } = reservedIn(from, path, 1, largestFieldNumber);
      reserved.push(...ranges);
      reservedNames.push(...names);
    },
  };
  from.sign(path, '{');
  while (!from.skipSign('}')) {
    if (from.skipSign(';')) continue;
    const { kind, value } = from.peek();
    // A field's type can have the name of a statement: then the name of the field follows, and =.
    const statement = kind === 'word' && from.peek(2).value !== '=' && Object.hasOwn(statements, value) ? statements[value] : undefined;
    if (statement === undefined) { fields.push(fieldOf(from, path, syntax)); continue; }
    from.take();
    statement();
  }
  const message: ProtobufMessage = { kind: 'message', name, fields, messages, enums, reserved, reservedNames };
  checkMessage(path, message);
  return message;
};

const syntaxIn = (from: Cursor): ProtobufFile['syntax'] => {
  if (from.isWord('edition')) throw new Invalid('', 'an edition, which is not supported; say syntax = "proto3"');
  if (!from.isWord('syntax')) return 'proto2';
  from.take();
  from.sign('', '=');
  const syntax = from.text('');
  if (syntax !== 'proto2' && syntax !== 'proto3') throw new Invalid('', `the syntax ${syntax}; there are proto2 and proto3`);
  from.sign('', ';');
  return syntax;
};

const fileOf = (from: Cursor): ProtobufFile => {
  const syntax = syntaxIn(from);
  let packageName = '';
  const [imports, messages, enums]: [{ readonly name: string; readonly isPublic: boolean }[], ProtobufMessage[], ProtobufEnum[]] = [[], [], []];
  const statements: Readonly<Record<string, () => void>> = {
    package: () => { packageName = dotted(from, '', 'the name of a package'); from.sign('', ';'); },
    import: () => {
      const isPublic = from.isWord('public');
      if (isPublic || from.isWord('weak')) from.take();
      imports.push({ name: from.text(''), isPublic });
      from.sign('', ';');
    },
    option: () => { skipStatement(from, ''); },
    message: () => { messages.push(messageOf(from, '', syntax, 1)); },
    enum: () => { enums.push(enumOf(from, '')); },
    service: () => { from.word('', 'the name of a service'); skipBrackets(from, ''); },
    extend: () => { throw new Invalid('', 'an extension, which is not supported'); },
  };
  while (!from.isOver()) {
    if (from.skipSign(';')) continue;
    const { kind, value } = from.peek();
    const statement = kind === 'word' && Object.hasOwn(statements, value) ? statements[value] : undefined;
    if (statement === undefined) return from.fail('', `one of ${Object.keys(statements).join(', ')}`);
    from.take();
    statement();
  }
  checkNames('', 'the type', [...messages, ...enums].map(({ name }) => name));
  return { syntax, package: packageName, imports, messages, enums };
};

/**
 * Reads a file in the language of Protocol Buffers, proto2 or proto3. Groups, extensions and editions are refused; options,
 * services and comments are passed over. Source: the language specifications of proto2 and proto3.
 */
export const readProtobufFile = (text: string): ProtobufFile | InvalidProtobuf => {
  if (text.length > longestProtobuf) return { path: '', problem: `a schema of ${text.length} characters; at most ${longestProtobuf} are read` };
  const tokens = tokensOf(text);
  if ('line' in tokens) return { path: '', problem: `what is no token of the language in line ${tokens.line}, or too many tokens` };
  try {
    return fileOf(cursor(tokens));
  } catch (error) {
    if (error instanceof Invalid) return { path: error.path, problem: error.message };
    throw error;
  }
};
