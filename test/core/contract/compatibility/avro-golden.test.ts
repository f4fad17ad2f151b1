import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkCompatibility } from '../../../../core/contract/compatibility/check';
import type { Schema } from '../../../../core/contract/compatibility/check';

interface Pair { readonly reader: Schema; readonly writer: Schema; readonly compatible: boolean }

const pairs = gunzipSync(readFileSync(join(__dirname, '..', '..', '..', 'golden', 'avro-compatibility', 'verdicts.ndjson.gz'))).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Pair);

const reads = ({ reader, writer }: Pair): boolean => checkCompatibility({ format: 'AVRO', mode: 'BACKWARD', proposed: reader, previous: [writer] }).compatible;

describe('the Avro checker beside Apache Avro\'s own, in Java', () => {
  it('has pairs of both kinds to agree on', () => {
    const compatible = pairs.filter((pair) => pair.compatible).length / pairs.length;
    expect(pairs.length).toBeGreaterThanOrEqual(2000);
    expect([compatible > 0.3, compatible < 0.7]).toEqual([true, true]);
  });

  it('agrees on every pair', () => {
    expect(pairs.filter((pair) => reads(pair) !== pair.compatible).slice(0, 3)).toEqual([]);
  });
});
