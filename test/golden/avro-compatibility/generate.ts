/** Writes pairs of Avro schemas, a reader and a writer a line, to stdout: the same pairs every time. See README.md. */

type Schema = string | readonly unknown[] | Readonly<Record<string, unknown>>;

/** Mulberry32, a generator of 32 bits of state: small, and the same everywhere. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const random = randomFrom(20_261_123);
const below = (most: number): number => Math.floor(random() * most);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
const chance = (share: number): boolean => random() < share;

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
const defaults: Readonly<Record<string, unknown>> = { null: null, boolean: true, int: 1, long: 2, float: 1.5, double: 2.5, bytes: '', string: 'x' };
const symbols = ['A', 'B', 'C', 'D', 'E'] as const;
const fieldNames = ['a', 'b', 'c', 'd', 'e'] as const;

interface Scope { readonly names: Set<string>; readonly side: 'writer' | 'reader' }

const freshName = ({ names }: Scope): string => {
  for (let index = 0; ; index += 1) {
    const name = `${pick(['Rec', 'Box', 'Kind'])}${index || ''}`;
    if (!names.has(name)) { names.add(name); return name; }
  }
};

const someSymbols = (): readonly string[] => {
  const chosen = symbols.filter(() => chance(0.6));
  return chosen.length > 0 ? chosen : ['A'];
};

const enumOf = (scope: Scope): Schema => {
  const chosen = someSymbols();
  return { type: 'enum', name: freshName(scope), symbols: chosen, ...(chance(0.35) ? { default: pick(chosen) } : {}) };
};
const fixedOf = (scope: Scope): Schema => ({ type: 'fixed', name: freshName(scope), size: pick([4, 8, 16]) });
const unionOf = (scope: Scope, depth: number): Schema => {
  const branches = new Map<string, Schema>();
  for (let index = 0; index < 1 + below(3); index += 1) {
    const branch = chance(0.75) ? pick(primitives) : schemaOf(scope, depth + 1, false);
    const kind = typeof branch === 'string' ? branch : (branch as Readonly<Record<string, unknown>>)['name'] ?? (branch as Readonly<Record<string, unknown>>)['type'];
    branches.set(String(kind), branch);
  }
  return [...branches.values()];
};

const recordOf = (scope: Scope, depth: number): Schema => {
  const name = freshName(scope);
  const fields = fieldNames.filter(() => chance(0.55)).map((field) => {
    const type = depth < 3 && chance(0.12) ? ['null', name] : schemaOf(scope, depth + 1, true);
    const first = Array.isArray(type) ? (type as readonly unknown[])[0] : type;
    return { name: field, type, ...(typeof first === 'string' && first in defaults && chance(0.5) ? { default: defaults[first] } : {}) };
  });
  return { type: 'record', name, fields };
};

const schemaOf = (scope: Scope, depth: number, unions: boolean): Schema => {
  const kind = depth > 3 ? 0 : below(unions ? 14 : 12);
  if (kind < 5) return pick(primitives);
  if (kind < 7) return recordOf(scope, depth);
  if (kind === 7) return enumOf(scope);
  if (kind === 8) return fixedOf(scope);
  if (kind === 9) return { type: 'array', items: schemaOf(scope, depth + 1, true) };
  if (kind === 10) return { type: 'map', values: schemaOf(scope, depth + 1, true) };
  return kind === 11 ? { type: pick(['int', 'long']), logicalType: pick(['date', 'timestamp-millis']) } : unionOf(scope, depth);
};

const wider: Readonly<Record<string, readonly string[]>> = { int: ['long', 'double'], long: ['float', 'double'], float: ['double'], string: ['bytes'], bytes: ['string'] };

/** A schema that somebody could have made of another: small changes, most of them of the kinds that evolution brings. */
const changed = (schema: Schema, scope: Scope, often: number): Schema => {
  if (typeof schema === 'string') {
    if (!(schema in defaults) || !chance(often)) return schema;
    const to = wider[schema];
    return chance(0.6) && to ? pick(to) : chance(0.3) ? ['null', schema === 'null' ? 'int' : schema] : pick(primitives);
  }
  if (Array.isArray(schema)) {
    const branches = (schema as readonly Schema[]).map((branch) => changed(branch, scope, often * 0.4)).filter((branch) => !Array.isArray(branch));
    const known = new Set(branches.map((branch) => (typeof branch === 'string' ? branch : String((branch as Readonly<Record<string, unknown>>)['name'] ?? (branch as Readonly<Record<string, unknown>>)['type']))));
    const unique = branches.filter((branch, index) => typeof branch !== 'string' || branches.indexOf(branch) === index);
    const added = pick(primitives);
    if (chance(often) && !known.has(added)) return [...unique, added];
    return chance(often) && unique.length > 1 ? unique.slice(1) : unique;
  }
  const made = schema as Readonly<Record<string, unknown>>;
  const renamed = chance(often * 0.3) && typeof made['name'] === 'string' ? { name: `${made['name']}New`, ...(chance(0.6) ? { aliases: [made['name']] } : {}) } : {};
  switch (made['type']) {
    case 'record': {
      // A record that holds itself by name keeps it.
      const holdsItself = JSON.stringify(made['fields']).includes(`"${String(made['name'])}"`);
      const fields = (made['fields'] as readonly Readonly<Record<string, unknown>>[]).flatMap((field): readonly Readonly<Record<string, unknown>>[] => {
        if (chance(often * 0.4)) return [];
        if (chance(often * 0.3)) return [{ ...field, name: `${String(field['name'])}_new`, ...(chance(0.7) ? { aliases: [field['name']] } : {}) }];
        const type = changed(field['type'] as Schema, scope, often);
        const { default: kept, ...rest } = field;
        return [{ ...rest, type, ...(kept !== undefined && JSON.stringify(type) === JSON.stringify(field['type']) ? { default: kept } : {}) }];
      });
      const added = fieldNames.find((name) => !fields.some((field) => field['name'] === name));
      const type = pick(primitives);
      return { ...made, ...(holdsItself ? {} : renamed), fields: added !== undefined && chance(often) ? [...fields, { name: added, type, ...(chance(0.65) ? { default: defaults[type] } : {}) }] : fields };
    }
    case 'enum': {
      const chosen = chance(often) ? someSymbols() : made['symbols'] as readonly string[];
      const { default: _default, ...rest } = made;
      return { ...rest, ...renamed, symbols: chosen, ...(chance(0.35) ? { default: pick(chosen) } : {}) };
    }
    case 'fixed': return { ...made, ...renamed, ...(chance(often * 0.4) ? { size: pick([4, 8, 16]) } : {}) };
    case 'array': return { ...made, items: changed(made['items'] as Schema, scope, often) };
    case 'map': return { ...made, values: changed(made['values'] as Schema, scope, often) };
    default: return made;
  }
};

const pairs = new Set<string>();
while (pairs.size < 3000) {
  const names = new Set<string>();
  const writer = chance(0.7) ? recordOf({ names, side: 'writer' }, 0) : schemaOf({ names, side: 'writer' }, 0, true);
  const reader = chance(0.9) ? changed(writer, { names, side: 'reader' }, pick([0.05, 0.15, 0.3])) : schemaOf({ names: new Set(), side: 'reader' }, 0, true);
  pairs.add(JSON.stringify({ reader, writer }));
}
process.stdout.write(`${[...pairs].join('\n')}\n`);
