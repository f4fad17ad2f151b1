import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/manifest/hash';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { platformTrainerHash, trainersDirectory } from '../../lib/constructs/training-job';
import { trainingPackages } from '../../lib/constructs/python-bundle';

describe('what the training job is deployed with', () => {
  const project = mkdtempSync(join(tmpdir(), 'trainers-'));
  const content = 'print("trained")\n';
  const manifest = { models: { 'late@v1': { training: { trainer: { file: 'trainers/late.py', contentHash: sha256(content) } } } as ModelDefinition } };

  afterAll(() => { rmSync(project, { recursive: true, force: true }); });

  it('is Headrace\'s trainer and those of the definitions, each under the hash of its content', () => {
    mkdirSync(join(project, 'trainers'));
    writeFileSync(join(project, 'trainers', 'late.py'), content);
    const directory = trainersDirectory({ manifest, projectDirectory: project });
    expect(readdirSync(directory).sort()).toEqual([`${platformTrainerHash()}.py`, `${sha256(content)}.py`].sort());
    expect(readFileSync(join(directory, `${sha256(content)}.py`), 'utf8')).toBe(content);
  });

  it('is never a trainer that was changed and not compiled', () => {
    writeFileSync(join(project, 'trainers', 'late.py'), 'print("another")\n');
    expect(() => trainersDirectory({ manifest, projectDirectory: project })).toThrow(/the trainer \S+\/trainers\/late\.py is not the one that was compiled; run npx headrace compile/u);
  });

  it('is every package by its version, which Glue is to install and not to choose', () => {
    expect(trainingPackages()).toEqual(expect.arrayContaining(['lightgbm==4.7.0', 'scikit-learn==1.9.1']));
    for (const each of trainingPackages()) expect(each).toMatch(/^[a-z0-9.-]+==[0-9][0-9a-z.]*$/u);
  });
});
