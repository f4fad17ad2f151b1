import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectIn } from '../../cli/project';

describe("a project's CDK app", () => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-project-'));
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  it('is app.ts, unless something else is said', () => {
    expect(projectIn(directory).app).toBe('node --import tsx app.ts');
    writeFileSync(join(directory, 'cdk.json'), '{ "context": {} }');
    expect(projectIn(directory).app).toBe('node --import tsx app.ts');
  });

  it('is what cdk.json says, as for the CDK itself', () => {
    writeFileSync(join(directory, 'cdk.json'), '{ "app": "npx tsx infrastructure.ts" }');
    expect(projectIn(directory).app).toBe('npx tsx infrastructure.ts');
    expect(projectIn(join(__dirname, '..', '..')).app).toBe('node --import tsx bin/headrace.ts');
  });
});
