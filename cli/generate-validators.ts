import Ajv, { _ } from 'ajv';
import standaloneCode from 'ajv/dist/standalone';
import { dataSchema } from '../core/contract/json-schema';
import { parseTimestamp } from '../core/event/time';
import type { EventDefinition, Manifest } from '../core/manifest/manifest';

/** Strict about schemas, so that a mistake of ours fails here; about data, JSON Schema as it is written. */
const newAjv = (event: EventDefinition): Ajv => {
  const ajv = new Ajv({
    strict: true,
    allowUnionTypes: true,
    messages: false,
    // What JSON.parse made inherits from Object.prototype alone: only a field named like one of its members can be mistaken for it.
    ownProperties: Object.keys(event.fields).some((name) => name in Object.prototype),
    loopEnum: Number.MAX_SAFE_INTEGER,
    code: { source: true, lines: true, formats: _`formats` },
  });
  ajv.addFormat('date-time', (text) => parseTimestamp(text) !== undefined);
  return ajv;
};

/** A validator as an expression; its names are its own. */
const validatorCode = (name: string, event: EventDefinition): string => {
  const ajv = newAjv(event);
  ajv.addSchema(dataSchema(event), name);
  const code = standaloneCode(ajv, { validate: name });
  if (/\brequire\(/u.test(code)) throw new Error(`the generated validator of ${name} needs a module at run time; core/contract/json-schema.ts uses a keyword that must not be used.`);
  return ['(() => {', 'const exports = {};', code.replace(/^"use strict";/u, '').trim(), 'return exports.validate;', '})()'].join('\n');
};

/**
 * Makes the module of validators that belongs to a manifest: plain code that needs neither ajv nor compiling at start-up.
 * The same manifest gives the same text.
 *
 * @returns CommonJS that exports a `ValidatorModule`
 */
export const generateValidators = (manifest: Manifest): string => {
  const events = Object.entries(manifest.events).sort(([left], [right]) => (left < right ? -1 : 1));
  const hashes = Object.fromEntries(events.map(([name, event]) => [name, event.hash]));
  return [
    '// Generated from the definitions by `headrace compile`; do not edit.',
    "'use strict';",
    `exports.hashes = ${JSON.stringify(hashes, null, 2)};`,
    'exports.validatorsWith = (formats) => ({',
    ...events.map(([name, event]) => `${JSON.stringify(name)}: ${validatorCode(name, event)},`),
    '});',
    '',
  ].join('\n');
};
