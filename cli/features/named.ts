import { parseTimestamp } from '../../core/event/time';
import type { Row } from '../../core/expression/evaluate';
import type { Manifest, ViewDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { CommandError } from '../command-error';

/** The view that a command line names, `airport_departures` (its newest version) or `airport_departures@v1`. */
export const viewNamed = ({ views }: Manifest, name: string): ViewDefinition => {
  const found = Object.values(views).filter((view) => view.name === name || versionedName(view) === name).sort((left, right) => right.version - left.version)[0];
  if (!found) throw new CommandError(`There is no feature view '${name}'; the manifest has ${Object.keys(views).join(', ') || 'none'}.`, { exitCode: 2 });
  return found;
};

/** `ORD` for a key of one field, `card=1,merchant=2` for several. */
export const keyFrom = (text: string, view: ViewDefinition, { entities }: Manifest): Row => {
  const fields = Object.entries(entities[view.entity]?.key ?? {});
  const parts = fields.length === 1 && !text.includes('=') ? [[fields[0]?.[0] ?? '', text]] : text.split(',').map((part) => part.split('=', 2));
  const given = Object.fromEntries(parts) as Readonly<Record<string, string>>;
  return Object.fromEntries(fields.map(([name, { scalar }]) => {
    const value = given[name];
    if (value === undefined) throw new CommandError(`The key of ${view.entity} needs ${fields.map(([field]) => field).join(', ')}, but '${text}' was given.`, { next: fields.map(([field]) => `${field}=…`).join(','), exitCode: 2 });
    return [name, scalar === 'int' || scalar === 'float' ? Number(value) : scalar === 'timestamp' ? (parseTimestamp(value) ?? null) : scalar === 'boolean' ? value === 'true' : value];
  }));
};
