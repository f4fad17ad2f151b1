import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const shown = (counts: readonly { readonly done: number; readonly total: number }[]): string =>
  // Plain modules for the machine's own Node: asked as it asks them.
  execFileSync(process.execPath, ['--input-type=module', '-e', `
    import { progressLine } from ${JSON.stringify(join(__dirname, '..', '..', 'setup', 'progress.mjs'))};
    console.log(progressLine(${JSON.stringify(counts)}.map((count, index) => ({ name: 'part ' + index, count: () => count }))));
  `], { encoding: 'utf8' }).trimEnd();

it('shows a bar and a share for each part', () => {
  expect(shown([{ done: 238, total: 476 }, { done: 0, total: 43 }])).toBe('part 0 ████████░░░░░░░░  50 %   part 1 ░░░░░░░░░░░░░░░░   0 %');
});

it('never shows more than all, nor all before it is', () => {
  expect(shown([{ done: 9, total: 8 }, { done: 999, total: 1000 }])).toBe('part 0 ████████████████ 100 %   part 1 ████████████████  99 %');
});

it('shows nothing done of a part whose size is not known', () => {
  expect(shown([{ done: 0, total: 0 }])).toBe('part 0 ░░░░░░░░░░░░░░░░   0 %');
});
