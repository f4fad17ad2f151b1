import { personalFieldsOf } from '../../core/erasure/personal-fields';
import { tombstoneUntil } from '../../core/erasure/receipt';
import { readRequest } from '../../core/erasure/request';
import { storesOf, type Store } from '../../core/erasure/stores';
import { subjectProblem, type Subject } from '../../core/erasure/subject';
import { tombstoneOf, type Tombstone } from '../../core/erasure/tombstone';
import type { Manifest } from '../../core/manifest/manifest';

/** What an execution is told. */
export interface Begin {
  readonly step: 'begin';
  /** What the execution was started with; `erases` is false for one that only searches. */
  readonly given: { readonly erasure: string; readonly erases?: boolean };
  /** ISO 8601: when the execution began. */
  readonly began: string;
}

/** What the states after it are told. */
export interface Begun {
  readonly erasure: string;
  readonly erases: boolean;
  readonly erasedAt: string;
  readonly stores: readonly Store[];
}

/** Where tombstones are published. */
export interface Tombstones {
  readonly all: () => Promise<readonly Tombstone[]>;
  readonly put: (tombstone: Tombstone) => Promise<void>;
  readonly remove: (erasure: string) => Promise<void>;
}

export interface BeginSettings {
  readonly manifest: Manifest;
  readonly tombstones: Tombstones;
  readonly salt: () => string;
  readonly streamRetentionHours: number;
  readonly now: () => number;
}

/** Reads a request that was written by the command line or by anybody. */
export const subjectOf = (text: string | undefined, erasure: string, manifest: Manifest): Subject => {
  if (text === undefined) throw new Error(`erasure ${erasure} has no request; one that has ended takes it away. Begin a new one: npx headrace erase.`);
  const subject = readRequest(text);
  if (typeof subject === 'string') throw new Error(`the request of erasure ${erasure} cannot be read: ${subject}.`);
  const { names, numbered } = personalFieldsOf(manifest);
  const problem = subjectProblem(subject, names, numbered);
  // The problem may hold an identifier, and what a function throws is kept with its execution.
  if (problem !== undefined) throw new Error(`the request of erasure ${erasure} names no subject that can be looked for: an empty identifier, a field that is not personal, or a whole number without a field.`);
  return subject;
};

/**
 * Publishes the tombstone of a subject, so that nothing returns from the stream, and says where to look. Done again, it
 * changes nothing: what arrived up to the execution's start is erased.
 */
export const begin = async ({ given: { erasure, erases = true }, began }: Begin, subject: Subject, { manifest, tombstones, salt, streamRetentionHours, now }: BeginSettings): Promise<Begun> => {
  const erasedAt = Date.parse(began);
  const stores = storesOf(manifest);
  if (!erases) return { erasure, erases, erasedAt: began, stores };
  const published = await tombstones.all();
  for (const { erasure: former, until } of published) if (until < now()) await tombstones.remove(former);
  if (!published.some((tombstone) => tombstone.erasure === erasure)) await tombstones.put(tombstoneOf(subject, { erasure, salt: salt(), erasedAt, until: tombstoneUntil(erasedAt, streamRetentionHours) }));
  return { erasure, erases, erasedAt: began, stores };
};
