import type { Command } from 'commander';
import { programFor } from '../../cli/headrace';
import type { CommandShape } from './named-commands';

const shapeOf = (command: Command): CommandShape => ({
  name: command.name(),
  places: command.registeredArguments.map(({ required }) => (required ? 'required' : 'optional')),
  isEndless: command.registeredArguments.at(-1)?.variadic === true,
  options: command.options.map(({ short, long, required, optional, mandatory }) => ({ flags: [short, long].filter((flag) => flag !== undefined), takesValue: required || optional, mandatory })),
  commands: command.commands.map(shapeOf),
});

/** Prints the whole command line as JSON: a program of its own, because Jest cannot load the package that it is made with. */
void programFor(undefined).then((program) => process.stdout.write(JSON.stringify(shapeOf(program))));
