import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gate } from '../../../core/model/gate';
import { areaUnderCurve } from '../../../examples/flights/area-under-curve';
import { tinyModel } from '../../fixtures/tiny-model';
import type { Row, Work } from './jobs';
import { evaluate, leave, numbers, platformTrainer, reportOf, rowsOf, train, workOn, writeRows } from './jobs';

let directory: string;
let rows: readonly Row[];
let examples: string;
/** Weights of a, b and size, and a bias: a model that knows of both kinds of places as much as a line can. */
const [weights, bias] = [[1.4, 0.6, 0], -1] as const;

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};

const trainerOf = (name: string, lines: readonly string[]): string => file(name, `${lines.join('\n')}\n`);
const refused = (work: Work): readonly string[] => gate(reportOf(work)).verdicts.filter(({ passed }) => !passed).map(({ rule, slice }) => (slice === undefined ? rule : `${rule} of ${slice}`));

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'training-test-'));
  rows = rowsOf(16_000, numbers(7));
  examples = await writeRows(directory, rows);
}, 60_000);

afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

describe('a report', () => {
  it('has the metrics that a plain count gives, of all judged rows and of each slice, absent values among them', () => {
    const work = workOn(examples, platformTrainer);
    leave(work, tinyModel(weights, bias), { trees: 3 });
    expect(evaluate(work)).toMatchObject({ status: 0 });
    const judged = rows.filter(({ day }) => day >= 30).map(({ a, b, size, label }) => ({ size, label, predicted: 1 / (1 + Math.exp(-(Math.fround(weights[0]) * a + Math.fround(weights[1]) * (b ?? 0) + bias))) }));
    const naive = (some: typeof judged) => {
      const bins = Map.groupBy(some, ({ predicted }) => Math.min(9, Math.floor(predicted * 10)));
      const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      return {
        rows: some.length, auc: areaUnderCurve(some.map(({ predicted, label }) => ({ probability: predicted, late: label }))) ?? Number.NaN,
        logLoss: mean(some.map(({ predicted, label }) => -Math.log(label ? predicted : 1 - predicted))), baseRate: mean(some.map(({ label }) => Number(label))), meanPrediction: mean(some.map(({ predicted }) => predicted)),
        calibrationError: [...bins.values()].reduce((sum, bin) => sum + (bin.length / some.length) * Math.abs(mean(bin.map(({ predicted }) => predicted)) - mean(bin.map(({ label }) => Number(label)))), 0),
      };
    };
    const { candidate, champion, trainer } = reportOf(work);
    expect([champion, trainer]).toEqual([null, { trees: 3 }]);
    const cuts = { 'under 100': (size: number | null) => size !== null && size < 100, '100 to 1000': (size: number | null) => size !== null && size >= 100 && size < 1000, '1000 and over': (size: number | null) => size !== null && size >= 1000, absent: (size: number | null) => size === null };
    expect(candidate.slices.map(({ bin }) => bin)).toEqual(Object.keys(cuts));
    const pairs = [[candidate, naive(judged)] as const, ...candidate.slices.map((slice) => [slice, naive(judged.filter(({ size }) => cuts[slice.bin as keyof typeof cuts](size)))] as const)];
    for (const [found, expected] of pairs) {
      expect(found.rows).toBe(expected.rows);
      for (const name of ['auc', 'logLoss', 'baseRate', 'meanPrediction', 'calibrationError'] as const) expect([name, found[name]]).toEqual([name, expect.closeTo(expected[name], 5)]);
    }
    expect(candidate.reliability.reduce((sum, bin) => sum + bin.rows, 0)).toBe(judged.length);
  }, 60_000);
});

describe('the gate, by real reports', () => {
  it('refuses a model that is worse where places are small, and one whose probabilities are off, though the order of its predictions is the champion\'s', () => {
    const champion = { modelVersion: 'champion', file: file('champion.onnx', tinyModel(weights, bias)) };
    const [same, blind, shifted] = [[weights, bias], [[2, 0, 0], bias], [weights, 0.5]].map(([of, base]) => {
      const work = workOn(examples, platformTrainer, champion);
      leave(work, tinyModel(of as readonly number[], base as number));
      expect(evaluate(work)).toMatchObject({ status: 0 });
      return work;
    }) as [Work, Work, Work];
    expect(refused(same)).toEqual([]);
    expect(refused(blind)).toEqual(expect.arrayContaining(['slice auc of size=under 100']));
    expect(refused(shifted)).toEqual(expect.arrayContaining(['calibration']));
    expect(refused(shifted)).not.toContain('auc');
  }, 60_000);

  it('refuses what was learned of shuffled labels, and lets what was learned of the true ones pass', async () => {
    const random = numbers(11);
    const labels = rows.map(({ label }) => label);
    for (let last = labels.length - 1; last > 0; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      [labels[last], labels[other]] = [labels[other] ?? false, labels[last] ?? false];
    }
    const elsewhere = mkdtempSync(join(directory, 'shuffled-'));
    const shuffled = await writeRows(elsewhere, rows.map((row, index) => ({ ...row, label: row.day < 30 ? labels[index] ?? false : row.label })));
    const [right, wrong] = [workOn(examples, platformTrainer), workOn(shuffled, platformTrainer)];
    for (const work of [right, wrong]) {
      expect(train(work)).toMatchObject({ status: 0 });
      expect(evaluate(work)).toMatchObject({ status: 0 });
    }
    expect(refused(right)).toEqual([]);
    expect(reportOf(right).candidate.auc).toBeGreaterThan(0.8);
    expect(refused(wrong)).toContain('auc');
  }, 90_000);
});

describe('a trainer of one\'s own', () => {
  it('is as docs/training.md shows it', () => {
    const [, example = ''] = /```python\n(?<code>[\s\S]*?)```/u.exec(readFileSync(join(__dirname, '..', '..', '..', 'docs', 'training.md'), 'utf8')) ?? [];
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(20);
    const work = workOn(examples, trainerOf('documented.py', [example]));
    expect(train(work)).toMatchObject({ status: 0 });
    expect(evaluate(work)).toMatchObject({ status: 0 });
    expect(reportOf(work).candidate.auc).toBeGreaterThan(0.7);
    expect(refused(work)).toEqual([]);
  }, 60_000);

  it('is given the rows that it may learn from, and no others', () => {
    const looks = trainerOf('looks.py', [
      'import json, sys, pyarrow.parquet', 'words = dict(zip(sys.argv[1::2], sys.argv[2::2]))', 'table = pyarrow.parquet.read_table(words["--examples"])', 'open(words["--out"] + "/model.onnx", "w").close()',
      'json.dump({"rows": table.num_rows, "last": max(table["example.moment"].to_pylist()).toordinal(), "columns": len(table.schema.names)}, open(words["--out"] + "/metrics.json", "w"))',
    ]);
    const work = workOn(examples, looks);
    expect(train(work)).toMatchObject({ status: 0 });
    // January has thirty of the sixty days; no example's identity is among its columns.
    expect(JSON.parse(readFileSync(join(work.out, 'metrics.json'), 'utf8'))).toEqual({ rows: rows.filter(({ day }) => day < 30).length, last: 719_163 + Date.UTC(2001, 0, 30) / 86_400_000, columns: 6 });
  }, 60_000);

  it('fails in words that name it, when it fails, leaves nothing, or leaves what is no model', () => {
    const saves = (words: string): Work => workOn(examples, trainerOf('saves.py', ['import sys', 'out = dict(zip(sys.argv[1::2], sys.argv[2::2]))["--out"]', words]));
    expect(train(saves('raise SystemExit("no memory left")'))).toMatchObject({ status: 1, said: expect.stringMatching(/The trainer trainers\/late\.py failed \(exit code 1\):\nno memory left/u) as string });
    expect(train(saves('pass'))).toMatchObject({ status: 1, said: expect.stringMatching(/has ended and left no model\.onnx in the directory that --out names/u) as string });
    expect(train(saves('open(out + "/model.onnx", "w"); open(out + "/metrics.json", "w").write("[1]")'))).toMatchObject({ status: 1, said: expect.stringMatching(/is an object of numbers, such as \{"trees": 200\}; it holds \[1\]/u) as string });
    const other = workOn(examples, platformTrainer);
    leave(other, tinyModel(weights, bias, 'points'));
    expect(evaluate(other)).toMatchObject({ status: 1, said: expect.stringMatching(/a model takes `inputs` \[n, 3\] and gives `probability` \[n\]: docs\/training\.md/u) as string });
    leave(other, Buffer.from('no model'));
    expect(evaluate(other)).toMatchObject({ status: 1, said: expect.stringMatching(/The model file of version candidate cannot be opened: /u) as string });
    const changed = workOn(examples, platformTrainer, { modelVersion: 'champion', file: file('changed.onnx', tinyModel(weights, bias)), checksum: '0'.repeat(64) });
    leave(changed, tinyModel(weights, bias));
    expect(evaluate(changed)).toMatchObject({ status: 1, said: expect.stringMatching(/The file of the champion, version champion, is not what its metadata says/u) as string });
  }, 60_000);
});
