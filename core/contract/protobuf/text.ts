import type { ProtobufEnum, ProtobufField, ProtobufFile, ProtobufMessage } from './node';
import { largestFieldNumber } from './node';

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const fieldLine = ({ name, number, type, label, mapKey, oneof }: ProtobufField): string => {
  if (mapKey !== undefined) return `map<${mapKey}, ${type}> ${name} = ${number};`;
  return `${oneof !== undefined || label === 'implicit' ? '' : `${label} `}${type} ${name} = ${number};`;
};

/** Fields in their order, those of a oneof together where its first one stands. */
const fieldLines = (fields: readonly ProtobufField[]): readonly string[] => fields.flatMap((field, index): readonly string[] => {
  const { oneof } = field;
  if (oneof === undefined) return [fieldLine(field)];
  if (fields.findIndex((each) => each.oneof === oneof) < index) return [];
  return [`oneof ${oneof} {`, ...indented(fields.filter((each) => each.oneof === oneof).map(fieldLine)), '}'];
});

const enumLines = ({ name, values }: ProtobufEnum): readonly string[] => {
  const hasAliases = new Set(values.map(({ number }) => number)).size < values.length;
  return [`enum ${name} {`, ...indented([...(hasAliases ? ['option allow_alias = true;'] : []), ...values.map((value) => `${value.name} = ${value.number};`)]), '}'];
};

const messageLines = ({ name, fields, messages, enums, reserved, reservedNames }: ProtobufMessage): readonly string[] => [
  `message ${name} {`,
  ...indented([
    ...(reserved.length === 0 ? [] : [`reserved ${reserved.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to === largestFieldNumber ? 'max' : to}`)).join(', ')};`]),
    ...(reservedNames.length === 0 ? [] : [`reserved ${reservedNames.map((each) => `"${each}"`).join(', ')};`]),
    ...fieldLines(fields), ...messages.flatMap(messageLines), ...enums.flatMap(enumLines),
  ]),
  '}',
];

/** A file as text: the same file gives the same text. */
export const protobufText = ({ syntax, package: packageName, imports, messages, enums }: ProtobufFile): string => `${[
  `syntax = "${syntax}";`,
  ...(packageName === '' ? [] : [`package ${packageName};`]),
  ...imports.map(({ name, isPublic }) => `import ${isPublic ? 'public ' : ''}"${name}";`),
  ...messages.flatMap(messageLines), ...enums.flatMap(enumLines),
].join('\n')}\n`;
