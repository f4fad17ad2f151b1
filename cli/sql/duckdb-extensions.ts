import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { textLiteral } from '../../core/training/sql';
import { pythonCandidates } from '../../local/programs';

/** Extensions of DuckDB that open Iceberg tables on S3, in the order in which they need each other. */
const extensions = ['avro', 'httpfs', 'iceberg'] as const;

/** The file of an extension in a Python environment, where the set-up puts those that are pinned (`duckdb-extension-*`). */
const fileOf = (python: string, name: string): string | undefined => {
  const lib = join(dirname(python), '..', 'lib');
  if (!existsSync(lib)) return undefined;
  for (const version of readdirSync(lib)) {
    const directory = join(lib, version, 'site-packages', `duckdb_extension_${name}`, 'extensions');
    const [release] = existsSync(directory) ? readdirSync(directory) : [];
    if (release !== undefined) return join(directory, release, `${name}.duckdb_extension`);
  }
  return undefined;
};

/** Statements that load what Iceberg tables on S3 are read with: the pinned files, or what DuckDB's own repository has. */
export const icebergExtensions = (pythons: readonly string[] = pythonCandidates()): readonly string[] =>
  extensions.flatMap((name) => {
    const file = pythons.map((python) => fileOf(python, name)).find((found) => found !== undefined);
    return file === undefined ? [`INSTALL ${name}`, `LOAD ${name}`] : [`LOAD ${textLiteral(file)}`];
  });
