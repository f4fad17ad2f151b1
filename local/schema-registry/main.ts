/** The compatibility checker as a program: a question a line on stdin, an answer a line on stdout. The local schema registry asks it. */
import { createInterface } from 'node:readline';
import { checkCompatibility } from '../../core/contract/compatibility/check';
import type { SchemaFormat } from '../../core/contract/compatibility/difference';
import { differenceText } from '../../core/contract/difference-text';
import { schemaOf } from '../../core/contract/schema-text';
import type { CompatibilityMode } from '../../core/definition/node';

/** Definitions are given as they were registered, as text. */
interface Question { readonly id: number; readonly format: SchemaFormat; readonly mode: CompatibilityMode; readonly proposed: string; readonly previous: readonly string[] }

type Answer = { readonly id: number } & ({ readonly differences: readonly string[] } | { readonly error: string });

const answerTo = ({ id, format, mode, proposed, previous }: Question): Answer => {
  try {
    const verdict = checkCompatibility({ format, mode, proposed: schemaOf(format, { definition: proposed }), previous: previous.map((definition) => schemaOf(format, { definition })) });
    return { id, differences: verdict.compatible ? [] : verdict.differences.map(differenceText) };
  } catch (error) {
    // One schema that cannot be judged must not end the program for all others.
    return { id, error: String(error) };
  }
};

createInterface({ input: process.stdin }).on('line', (line) => { process.stdout.write(`${JSON.stringify(answerTo(JSON.parse(line) as Question))}\n`); });
