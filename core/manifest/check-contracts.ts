import { checkCompatibility } from '../contract/compatibility/check';
import { differenceText } from '../contract/difference-text';
import { schemaOf } from '../contract/schema-text';
import { wantedSchemas } from '../contract/registration/wanted';
import type { DefinitionProblem } from './check';
import type { KeptContract, Manifest, SourceReference } from './manifest';
import { versionedName } from './manifest';

/** Definitions that say something else than the contract that was kept under their name and version. */
export const checkKept = ({ events }: Manifest, kept: readonly KeptContract[]): readonly DefinitionProblem[] => kept.flatMap((contract) => {
  const name = versionedName(contract);
  const defined = events[name];
  return defined === undefined || defined.hash === contract.hash ? [] : [{
    definition: `event ${name}`,
    problem: `differs from the contract that was kept in generated/contracts/${name}.json: a version never changes its meaning; give the definition version ${Math.max(...Object.values(events).filter(({ name: type }) => type === contract.name).map(({ version }) => version)) + 1}`,
  }];
});

/** Definitions that are made from a version of an event type that cannot read the events of a newer one: those would be missing in them. */
export const checkReaders = ({ events, views, models }: Manifest): readonly DefinitionProblem[] => {
  const unread = (from: SourceReference): readonly number[] => {
    const reader = from.kind === 'event' ? events[versionedName(from)] : undefined;
    if (reader === undefined) return [];
    return Object.values(events).filter(({ name, version, compatibility }) => name === reader.name && version > reader.version && compatibility !== 'NONE' && !reader.reads.includes(version)).map(({ version }) => version);
  };
  const complain = (definition: string, from: SourceReference): readonly DefinitionProblem[] => unread(from).map((version) =>
    ({ definition, problem: `is made from ${versionedName(from)}, which cannot read events of version ${version}: these lack a field, or have one of another type; make it from ${versionedName({ name: from.name, version })}` }));
  return [
    ...Object.entries(views).flatMap(([name, { from }]) => complain(`feature view ${name}`, from)),
    ...Object.entries(models).flatMap(([name, { examples }]) => complain(`model ${name}`, examples.from)),
  ];
};

/**
 * Versions that break who reads them: each is compared with the former ones as it will be registered, in every format.
 * The platform's own event types follow their models and are free.
 */
export const checkCompatible = ({ events }: Manifest): readonly DefinitionProblem[] => {
  const own = Object.values(events).filter(({ platform }) => platform !== true);
  return wantedSchemas(own).flatMap(({ name, format, versions }) => versions.flatMap(({ contract, compatibility, definition }, index): readonly DefinitionProblem[] => {
    const verdict = checkCompatibility({ format, mode: compatibility, proposed: schemaOf(format, { definition }), previous: versions.slice(0, index).map((each) => schemaOf(format, each)) });
    return verdict.compatible ? [] : [{ definition: `event ${contract}`, problem: `is not ${compatibility} compatible as ${name} with the versions before it: ${verdict.differences.map(differenceText).join('; ')}. Or give the event type another name; or say compatibility: 'NONE' and make new versions of all that reads it` }];
  }));
};
