/** The compatibility checker as a program: a request a line on stdin, an answer a line on stdout. The local schema registry asks it. */
import { createInterface } from 'node:readline';
import { checkCompatibility } from '../../core/contract/compatibility/check';
import { differenceText } from '../../core/contract/difference-text';
import type { CompatibilityMode } from '../../core/definition/node';

interface Request { readonly format: 'JSON' | 'AVRO'; readonly mode: CompatibilityMode; readonly proposed: string; readonly previous: readonly string[] }

const answer = (line: string): readonly string[] => {
  const { format, mode, proposed, previous } = JSON.parse(line) as Request;
  const verdict = checkCompatibility({ format, mode, proposed: JSON.parse(proposed) as never, previous: previous.map((text) => JSON.parse(text) as never) });
  return verdict.compatible ? [] : verdict.differences.map(differenceText);
};

createInterface({ input: process.stdin }).on('line', (line) => { process.stdout.write(`${JSON.stringify({ differences: answer(line) })}\n`); });
