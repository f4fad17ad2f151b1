/** A command of the command line, as far as a text about it can be wrong. */
export interface CommandShape {
  readonly name: string;
  readonly places: readonly ('required' | 'optional')[];
  /** The last place takes as many words as there are. */
  readonly isEndless: boolean;
  readonly options: readonly { readonly flags: readonly string[]; readonly takesValue: boolean; readonly mandatory: boolean }[];
  readonly commands: readonly CommandShape[];
}

/** A command as a text names it: `whole` when it can be typed as it stands, else spoken of (`headrace import`). */
export interface NamedCommand { readonly words: readonly string[]; readonly whole: boolean }

/** What a shell brings to its standard input is none of a command's words. */
const wordsOf = (text: string): readonly string[] => text.replace(/ [<|] .*$/u, '').replaceAll(/[[\]]/gu, ' ').trim().split(/\s+/u);

/** The commands in a page's code blocks and code spans. What follows a `#` or a gap in a block explains the command. */
export const commandsInPage = (page: string): readonly NamedCommand[] => {
  const text = page.replaceAll(/ *\\\n\s*/gu, ' ');
  const blocks = [...text.matchAll(/^(?: {4,})?(?:npx )?headrace (.+)$/gmu)].map(([, rest = '']) => ({ words: wordsOf(rest.split(/\s#|\s{2,}/u)[0] ?? ''), whole: true }));
  const spans = [...text.matchAll(/`(?:npx )?headrace ([^`\n]+)`/gu)].map(([, rest = '']) => ({ words: wordsOf(rest), whole: false }));
  return [...blocks, ...spans];
};

/** The commands that a program's messages name. */
export const commandsInSource = (source: string): readonly NamedCommand[] =>
  [...source.replaceAll(/\$\{[^}]*\}/gu, 'VALUE').matchAll(/npx headrace ([^'"`\n\\]+)/gu)].map(([, rest = '']) => ({ words: wordsOf(rest.split(/[,.;)](?:\s|$)/u)[0] ?? ''), whole: false }));

const problemsOfWords = (words: readonly string[], command: CommandShape, globals: CommandShape['options'], whole: boolean): readonly string[] => {
  const options = [...command.options, ...globals];
  const problems: string[] = [];
  const given = new Set<string>();
  let places = 0;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') { places += 1; continue; }
    const option = options.find(({ flags }) => flags.includes(word));
    if (!option) { problems.push(`${command.name} has no option ${word}`); continue; }
    for (const flag of option.flags) given.add(flag);
    if (option.takesValue) index += 1;
  }
  if (places > command.places.length && !command.isEndless) problems.push(`${command.name} takes ${command.places.length} arguments, not ${places}`);
  if (!whole) return problems;
  if (places < command.places.filter((place) => place === 'required').length) problems.push(`${command.name} needs another argument`);
  for (const { flags } of command.options.filter(({ mandatory, flags }) => mandatory && !flags.some((flag) => given.has(flag)))) problems.push(`${command.name} needs ${flags.join(' or ')}`);
  return problems;
};

/** What is wrong with a command, if anything. */
export const problemsOf = ({ words, whole }: NamedCommand, program: CommandShape): readonly string[] => {
  const rest = words.slice(words[0] === '--env' ? 2 : 0);
  let command = program;
  while (command.commands.length > 0 && rest.length > 0) {
    const next = command.commands.find(({ name }) => name === rest[0]);
    if (!next) return [`${command.name} has no command ${rest[0]}`];
    command = next;
    rest.shift();
  }
  return command.commands.length > 0 && whole ? [`${command.name} needs one of ${command.commands.map(({ name }) => name).join(', ')}`] : problemsOfWords(rest, command, program.options, whole);
};
