import type { ModelZone } from '../../lib/runtime/model/registry';
import type { Context } from '../context';

/** The models zone of an environment. */
export const modelZoneOf = ({ environment, names }: Context): ModelZone => ({ region: environment.region, bucket: names.bucket('models') });
