import type { ConsistencyReport } from '../../core/monitoring/consistency';
import { checkConsistency } from '../../lib/runtime/monitoring/consistency';
import type { MonitoringPlace } from '../../lib/runtime/monitoring/consistency';
import type { LogRange } from '../../lib/runtime/monitoring/logged-predictions';
import { monitoringPlace } from '../../lib/runtime/monitoring/place';
import type { Context } from '../context';
import { rawPlace } from '../raw-place';
import { modelNamed } from '../training/training-set';

/** Where this machine looks at the predictions of an environment. */
const monitoringPlaceOf = (context: Context, onProgress?: MonitoringPlace['onProgress']): MonitoringPlace =>
  monitoringPlace({ ...rawPlace(context), batchTable: context.names.batchTable, streamRetention: context.environment.streamRetentionHours * 3_600_000, ...(onProgress === undefined ? {} : { onProgress }) });

/** Holds a model's logged predictions against raw. */
export const modelConsistency = async (context: Context, name: string, range: LogRange, onProgress?: MonitoringPlace['onProgress']): Promise<ConsistencyReport> =>
  await checkConsistency(monitoringPlaceOf(context, onProgress), modelNamed(context.manifest, name), range);
