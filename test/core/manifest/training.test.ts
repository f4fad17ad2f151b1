import { compile } from '../../../core/manifest/compile';
import type { EvaluationPolicy, TrainingPolicy } from '../../../core/manifest/manifest';
import * as flights from '../../../examples/flights/definitions';

type Own = Omit<TrainingPolicy, 'trainer'> & { readonly trainer?: string };

const compiled = (policies: { readonly training?: Own; readonly evaluation?: EvaluationPolicy }, hashes: Readonly<Record<string, string>> = {}) => {
  const { evaluation: _evaluation, ...lateArrival } = flights.lateArrival;
  return compile({ ...flights, lateArrival: { ...lateArrival, ...policies } }, [], (file) => hashes[file]);
};

const problems = (...given: Parameters<typeof compiled>): readonly string[] => {
  const compilation = compiled(...given);
  return compilation.ok ? [] : compilation.problems.map(({ definition, problem }) => `${definition} ${problem}`);
};

const model = (...given: Parameters<typeof compiled>) => {
  const compilation = compiled(...given);
  if (!compilation.ok) throw new Error(JSON.stringify(compilation.problems));
  return { ...compilation.manifest.models['late_arrival@v1'], manifest: compilation.manifest.hash };
};

describe('how a model is trained and judged', () => {
  it('is in the manifest, the trainer with the hash of its content', () => {
    expect(model({ training: { trainer: 'trainers/late.py', promotion: 'when the gate passes' } }, { 'trainers/late.py': 'ab12' }).training).toEqual({ trainer: { file: 'trainers/late.py', contentHash: 'ab12' }, promotion: 'when the gate passes' });
  });

  it('changes the manifest, and not what the model means: no other version is needed', () => {
    const [plain, sliced, trained] = [model({}), model({ evaluation: { slices: { size: { input: 'distance', at: [500] } } } }), model({ training: { trainer: 'a.py' } }, { 'a.py': '01' })];
    expect(new Set([plain.hash, sliced.hash, trained.hash]).size).toBe(1);
    expect(new Set([plain.manifest, sliced.manifest, trained.manifest, model({ training: { trainer: 'a.py' } }, { 'a.py': '02' }).manifest]).size).toBe(4);
  });

  it('is refused in words that name the model', () => {
    expect(problems({ training: { trainer: 'trainers/late.py' } })).toEqual(["model late_arrival@v1 is trained by 'trainers/late.py', which is no file of the project; name one below its directory, such as 'trainers/late_arrival.py'"]);
    expect(problems({ evaluation: { slices: { size: { input: 'origin__flight_7d', at: [1] } } } })).toEqual([expect.stringMatching(/^model late_arrival@v1 cuts the slice size by the input 'origin__flight_7d'; its inputs are origin__flights_1h, /u)]);
    expect(problems({ evaluation: { slices: { size: { input: 'distance', at: [] }, other: { input: 'distance', at: [2, 1] } } } })).toEqual([expect.stringMatching(/cuts the slice size at nothing/u), expect.stringMatching(/cuts the slice other at 2, 1; it is cut at 1 to 20 numbers, each larger/u)]);
    expect(problems({ training: { promotion: 'always' as 'by hand' } })).toEqual([expect.stringMatching(/has training\.promotion "always"; it is 'by hand' or 'when the gate passes'/u)]);
    expect(problems({ training: { engine: 'flink' as 'spark' } })).toEqual([expect.stringMatching(/has training\.engine "flink"; it is 'duckdb' or 'spark'/u)]);
    expect(problems({ training: { retrain: { daily: '3:00', on: [], learnDays: 0, judgeDays: 1.5 } } })).toEqual([expect.stringMatching(/is retrained each day at '3:00'; a time is written 06:30$/u), expect.stringMatching(/is retrained on ''; days are MON, /u),
      expect.stringMatching(/has training\.retrain\.learnDays 0; it is a whole number of days, 1 to 3650$/u), expect.stringMatching(/has training\.retrain\.judgeDays 1\.5; /u)]);
    expect(problems({ evaluation: { gate: { aucTolerance: 2 } } })).toEqual([expect.stringMatching(/has evaluation\.gate\.aucTolerance 2; it is between 0 and 1/u)]);
    expect(problems({ evaluation: { gate: { auc: 0.1 } as NonNullable<EvaluationPolicy['gate']> } })).toEqual([expect.stringMatching(/has the rule evaluation\.gate\.auc; the rules are minimumRows, /u)]);
  });
});
