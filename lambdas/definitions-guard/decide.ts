import { differenceOf, type OnlineHashes } from '../../core/manifest/difference';

/** What the contracts stack asks: the definitions that are to be online, and those that are. */
export interface GuardRequest {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly requested: OnlineHashes;
  /** Of the last deploy; empty when there was none. */
  readonly previous: OnlineHashes;
  readonly ephemeral: boolean;
}

/**
 * The definitions whose content changed under a version that is online. What is online never changes its meaning: models
 * were trained on it, and state was folded by it. An ephemeral environment may.
 */
export const changedOnline = ({ type, requested, previous, ephemeral }: GuardRequest): readonly string[] =>
  type === 'Update' && !ephemeral ? differenceOf(previous, requested).changed : [];

/**
 * Of changed definitions, those that are not what is recorded as online. When a deploy was refused or failed,
 * CloudFormation asks for the former definitions again: that is no change of what is online, and must not be refused.
 */
export const notRecorded = (changed: readonly string[], requested: OnlineHashes, recorded: OnlineHashes): readonly string[] => changed.filter((name) => recorded[name] !== requested[name]);

/** Why a deploy is refused, in one line, as CloudFormation shows it. */
export const refusal = (changed: readonly string[], environment: string): string =>
  `These definitions are online in ${environment} under the same version with another content: ${changed.join(', ')}. Give each a new version (version: n + 1), run npx headrace compile, and deploy again; nothing was changed.`;
