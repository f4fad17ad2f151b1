import type { EpochMillis } from '../event/time';
import type { Activations, Contract, Contracts } from './contracts';

/**
 * Whether a contract is judged by for records that arrive then. What the platform itself puts is always active: it is
 * deployed after both consumers.
 */
const isActive = ({ name, definition }: Contract, arrival: EpochMillis, activations: Activations | undefined): boolean =>
  activations === undefined || definition.platform === true || (activations.get(name) ?? Number.POSITIVE_INFINITY) <= arrival;

const typeOf = (name: string): string => name.slice(0, name.lastIndexOf('@'));

/** Since when, by event type, a contract is active that this program was not built with. */
const unknownSince = new WeakMap<Activations, ReadonlyMap<string, EpochMillis>>();

const unknownIn = ({ names }: Contracts, activations: Activations): ReadonlyMap<string, EpochMillis> => {
  const known = unknownSince.get(activations);
  if (known) return known;
  const made = new Map<string, EpochMillis>();
  for (const [name, from] of activations) if (!names.has(name)) made.set(typeOf(name), Math.min(from, made.get(typeOf(name)) ?? from));
  unknownSince.set(activations, made);
  return made;
};

/**
 * The contracts of an event type that are active for records that arrive then, newest first.
 *
 * @throws Error when one of them is not among `contracts`: a consumer that is deployed in a moment knows it, so the record
 * is to be judged again then, and not by what is out of date
 */
export const activeContracts = (type: string, arrival: EpochMillis, contracts: Contracts): readonly Contract[] => {
  const { types, activations } = contracts;
  const versions = types.get(type) ?? [];
  if (activations === undefined) return versions;
  const since = unknownIn(contracts, activations).get(type);
  if (since !== undefined && since <= arrival) throw new Error(`a contract of ${type} is active that this function was not deployed with; it is being deployed, and the batch is tried again.`);
  return versions.every((contract) => isActive(contract, arrival, activations)) ? versions : versions.filter((contract) => isActive(contract, arrival, activations));
};
