import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProject, projectIn } from '../../cli/project';

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

describe("a project's definitions", () => {
  it('say in which of their lines they are wrong', () => {
    const directory = mkdtempSync(join(tmpdir(), 'headrace-project-'));
    try {
      mkdirSync(join(directory, 'definitions'));
      writeFileSync(join(directory, 'definitions', 'index.ts'), "throw new TypeError('There is no column');\n");
      expect(() => compileProject(projectIn(directory))).toThrow(/^definitions\/index\.ts does not load: There is no column\n {2}at .*index\.ts/u);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
