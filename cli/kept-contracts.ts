import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from '../core/manifest/hash';
import type { KeptContract, Manifest } from '../core/manifest/manifest';
import { versionedName } from '../core/manifest/manifest';
import { CommandError } from './command-error';

const fileOf = (directory: string, contract: KeptContract): string => join(directory, `${versionedName(contract)}.json`);

/** A contract's text as it is committed. */
const textOf = (contract: KeptContract): string => `${JSON.stringify(contract, null, 1)}\n`;

const readKept = (file: string): KeptContract => {
  const contract = JSON.parse(readFileSync(file, 'utf8')) as KeptContract;
  const { hash, ...definition } = contract;
  if (contentHash(definition) !== hash) throw new CommandError(`${file} was changed: its content has another hash than it says. What was written by a contract is read by it for ever.`, { next: `git checkout ${file}` });
  return contract;
};

/** The contracts that are kept in a project: what events were written by, append-only. */
export const keptContracts = (directory: string): readonly KeptContract[] =>
  existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')).sort().map((name) => readKept(join(directory, name))) : [];

const contractsOfManifest = (manifest: Manifest): readonly KeptContract[] =>
  Object.values(manifest.events).filter(({ platform }) => platform !== true).map(({ reads: _reads, ...contract }) => contract);

/** Contracts of the manifest before that a newer version has taken the place of: producers still write by them. */
export const superseded = (before: Manifest, events: Manifest['events']): readonly KeptContract[] => contractsOfManifest(before).filter((contract) =>
  events[versionedName(contract)] === undefined && Object.values(events).some(({ name, version }) => name === contract.name && version > contract.version));

/** Keeps contracts that are not kept yet. */
export const keepContracts = (directory: string, contracts: readonly KeptContract[]): readonly string[] => {
  const files = contracts.map((contract) => [fileOf(directory, contract), textOf(contract)] as const).filter(([file]) => !existsSync(file));
  if (files.length > 0) mkdirSync(directory, { recursive: true });
  for (const [file, text] of files) writeFileSync(file, text);
  return files.map(([file]) => file);
};

/** Keeps every contract of a manifest that was deployed for good. */
export const keepDeployed = (directory: string, manifest: Manifest): readonly string[] => keepContracts(directory, contractsOfManifest(manifest));
