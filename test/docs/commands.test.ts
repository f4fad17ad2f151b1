import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CommandShape } from './named-commands';
import { commandsInPage, commandsInSource, problemsOf } from './named-commands';

const repository = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const files = (pattern: string): readonly string[] => globSync(pattern, { cwd: repository, exclude: (name) => name === 'node_modules' }).toSorted((left, right) => left.localeCompare(right));

const pages = ['README.md', ...files('docs/*.md'), ...files('examples/*/README.md')];
const sources = files('{cli,core,lib,lambdas,local,examples,setup,bench,glue-jobs}/**/*.{ts,mjs,py}');

const program = JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', join(__dirname, 'command-tree.ts')], { cwd: repository, encoding: 'utf8' })) as CommandShape;
const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('names only commands, options and arguments that there are', () => {
    expect(commandsInPage(text).flatMap((command) => problemsOf(command, program).map((problem) => `headrace ${command.words.join(' ')}: ${problem}`))).toEqual([]);
  });

  it('names only npm scripts that there are', () => {
    const named = [...text.matchAll(/\bnpm (?:run ([a-z:-]+)|(start|test)\b)/gu)].map(([, script, own]) => script ?? own ?? '');
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('links only to pages that there are', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/gu)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/u.test(link));
    expect(links.filter((link) => !existsSync(join(repository, dirname(page), link)))).toEqual([]);
  });
});

describe('messages', () => {
  it('name only commands, options and arguments that there are', () => {
    const named = sources.flatMap((source) => commandsInSource(read(source)).map((command) => ({ source, command })));
    expect(named.length).toBeGreaterThan(10);
    expect(named.flatMap(({ source, command }) => problemsOf(command, program).map((problem) => `${source}: headrace ${command.words.join(' ')}: ${problem}`))).toEqual([]);
  });

  it('name a command as it is typed, with npx before it', () => {
    const untyped = new RegExp(`(?<!npx )(?<![\\w./@-])headrace (?:${program.commands.map(({ name }) => name).join('|')})(?![\\w])`, 'u');
    // A comment is for who reads the source.
    const isComment = (line: string): boolean => /^\s*(?:\*|\/\*|'?\/\/|#|"{3})/u.test(line);
    expect(sources.flatMap((source) => read(source).split('\n').flatMap((line, index) => (!isComment(line) && untyped.test(line) ? [`${source}:${index + 1}`] : [])))).toEqual([]);
  });
});

describe('the check of commands', () => {
  const wrong = (text: string): readonly string[] => commandsInPage(text).flatMap((command) => problemsOf(command, program));

  it('sees a noun, a verb, an option and an argument that are not there, and what is left out', () => {
    expect(wrong('`npx headrace evnets put`')).toEqual(['headrace has no command evnets']);
    expect(wrong('    headrace erase one - --json < file')).toEqual([]);
    expect(wrong('`headrace quarantine list`')).toEqual(['quarantine has no command list']);
    expect(wrong('    npx headrace compile --chekc   what it does')).toEqual(['compile has no option --chekc']);
    expect(wrong('```sh\nnpx headrace dataset ls airports # what it does\n```')).toEqual(['ls takes 0 arguments, not 1']);
    expect(wrong('    headrace dataset run')).toEqual(['run needs another argument']);
    expect(wrong('    headrace dataset backfill airports')).toEqual(expect.arrayContaining([expect.stringMatching(/^backfill needs --/u)]));
    expect(wrong('    headrace local')).toEqual(['local needs one of start, spark, flink, stop, status, logs']);
    expect(wrong('    npx headrace predict late_arrival --entity origin=ORD \\\n      --nothing')).toEqual(['predict has no option --nothing']);
  });

  it('takes what is only spoken of', () => {
    expect(wrong('with `headrace dataset run`, `headrace redrive` and `headrace model ls`, `headrace --env staging features fill`')).toEqual([]);
  });
});
