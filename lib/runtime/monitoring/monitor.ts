import { mkdirSync } from 'node:fs';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { ModelReport } from '../../../core/monitoring/report';
import { outcomesBack } from '../../../core/monitoring/report';
import { withDatabase } from '../duckdb';
import type { MonitoringPlace } from './consistency';
import { checkConsistency } from './consistency';
import type { DriftPlace } from './drift';
import { checkDrift } from './drift';
import type { LogRange } from './logged-predictions';
import { loadPredictions } from './logged-predictions';
import { checkOutcomes } from './outcomes';

/**
 * All that is known of a model's predictions in a range: whether their features were right, what became of them and of those of
 * the days before, and how far they lie from what was learned from.
 */
export const monitorModel = async (place: MonitoringPlace & DriftPlace, model: ModelDefinition, range: LogRange): Promise<ModelReport> => {
  mkdirSync(place.directory, { recursive: true });
  const consistency = await checkConsistency(place, model, range);
  return await withDatabase(place.directory, async (database) => {
    place.onProgress(0.6, 'what became of predictions');
    const wide = { from: Math.max(0, range.from - outcomesBack(model)), to: range.to };
    await loadPredictions(place, database, model, wide);
    const outcomes = await checkOutcomes(place, database, model, wide);
    place.onProgress(0.9, 'drift');
    const drift = await checkDrift(place, database, { model, entities: place.manifest.entities, range });
    return { consistency, outcomes, ...(drift === undefined ? {} : { drift }) };
  });
};
