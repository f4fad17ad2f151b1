import { parameterNames } from '../../core/environment/deployed';
import type { ConsistencyReport } from '../../core/monitoring/consistency';
import type { ModelReport } from '../../core/monitoring/report';
import { checkConsistency } from '../../lib/runtime/monitoring/consistency';
import type { MonitoringPlace } from '../../lib/runtime/monitoring/consistency';
import type { LogRange } from '../../lib/runtime/monitoring/logged-predictions';
import { monitorModel } from '../../lib/runtime/monitoring/monitor';
import { monitoringPlace } from '../../lib/runtime/monitoring/place';
import type { Context } from '../context';
import { modelNamed, trainingPlaceOf } from '../training/training-set';

/** Where this machine looks at the predictions of an environment. */
const placeOf = (context: Context, onProgress: MonitoringPlace['onProgress'] = () => undefined): ReturnType<typeof monitoringPlace> =>
  monitoringPlace(trainingPlaceOf(context), { modelsBucket: context.names.bucket('models'), pseudonymParameter: parameterNames(context.names).pseudonymKey, streamRetention: context.environment.streamRetentionHours * 3_600_000, onProgress });

/** Holds a model's logged predictions against raw. */
export const modelConsistency = async (context: Context, name: string, range: LogRange, onProgress?: MonitoringPlace['onProgress']): Promise<ConsistencyReport> =>
  await checkConsistency(placeOf(context, onProgress), modelNamed(context.manifest, name), range);

/** All that is known of a model's predictions. */
export const modelReport = async (context: Context, name: string, range: LogRange, onProgress?: MonitoringPlace['onProgress']): Promise<ModelReport> =>
  await monitorModel(placeOf(context, onProgress), modelNamed(context.manifest, name), range);
