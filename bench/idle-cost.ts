import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { headraceStacks } from '../lib';
import type { CostTemplate } from '../core/cost/idle-cost';
import { idleCost } from '../core/cost/idle-cost';
import { readManifest, projectIn } from '../cli/project';
import environments from '../environments';
import type { BenchCase } from './case';

/** US dollars a month at list price for the least that the peers' services cost while idle. */
const peersMinimum = 815;

const ours = (): Promise<number> => {
  const outdir = mkdtempSync(join(tmpdir(), 'headrace-cost-'));
  try {
    const [local] = environments;
    if (!local) throw new Error('environments.ts has no environment.');
    const project = projectIn(join(__dirname, '..'));
    const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
    headraceStacks(app, { environment: { ...local, name: 'cost', account: '111111111111' }, manifest: readManifest(project), projectDirectory: project.directory });
    app.synth();
    const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json')).map((file) => JSON.parse(readFileSync(join(outdir, file), 'utf8')) as CostTemplate);
    const { dollarsPerMonth, unpriced } = idleCost(templates);
    if (unpriced.length > 0) throw new Error(`No idle price is known for ${unpriced.join(', ')}: add it to core/cost/idle-cost.ts.`);
    return Promise.resolve(dollarsPerMonth);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
};

export const idleCostCases: readonly BenchCase[] = [{
  id: 'idle-cost', what: 'a month of the whole platform with no event, by list price', unit: 'USD', better: 'less', goal: 25,
  fair: 'ours is counted from the synthesized templates; the peer is the least that MSK Serverless, Managed Flink, Redis and one inference endpoint cost a month in us-east-1, by list price.',
  ours, peer: () => Promise.resolve(peersMinimum),
}];
