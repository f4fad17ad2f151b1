import { tombstonesPath } from '../../core/environment/deployed';
import type { Tombstone } from '../../core/erasure/tombstone';
import { awsService } from '../../lib/runtime/aws-request';
import { parametersBelow } from '../../lib/runtime/parameters-below';
import { publishedTombstones } from '../../lib/runtime/published-tombstones';
import type { Context } from '../context';

/** The tombstones of an environment, for a command that writes what it has read of raw. */
export const tombstonesOf = ({ names }: Context): (() => Promise<readonly Tombstone[]>) => publishedTombstones({
  read: async () => (await parametersBelow(awsService('ssm'), tombstonesPath(names))).map(([, text]) => text), now: Date.now,
  complain: (message, error) => { process.stderr.write(`${message}: ${error instanceof Error ? error.message : String(error)}\n`); },
});
