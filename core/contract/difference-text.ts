import type { SchemaDifference } from './compatibility/difference';

/** A difference in one line, alike wherever it is shown: at compile, by the command line and at deploy. */
export const differenceText = ({ path, kind, direction, reader, writer, remedy }: SchemaDifference): string =>
  `${path === '' ? 'the whole' : path} (${kind}, ${direction}): the reader takes ${reader}, the writer gives ${writer}; ${remedy}`;
