import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '@generated/manifest';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { ConsistencyReport } from '../../core/monitoring/consistency';
import { consistencyMetrics, consistencyText, withoutPersonalValues } from '../../core/monitoring/consistency';
import { logFault, logger } from '../../lib/runtime/logging';
import { emitMetrics } from '../../lib/runtime/metrics';
import { checkConsistency } from '../../lib/runtime/monitoring/consistency';
import { monitoringPlace } from '../../lib/runtime/monitoring/place';
import { readVariables } from '../../lib/runtime/variables';
import { rangeOf, type MonitorRequest } from './range';

const { AWS_REGION, RAW_BUCKET, BATCH_TABLE, STREAM_RETENTION_HOURS } = readVariables('AWS_REGION', 'RAW_BUCKET', 'BATCH_TABLE', 'STREAM_RETENTION_HOURS');

/** Counts what a check found, and says it in the log without saying of whom. */
const told = (checked: ConsistencyReport, model: ModelDefinition): ConsistencyReport => {
  const report = withoutPersonalValues(checked, model, manifest.entities);
  logger.info(consistencyText(report));
  emitMetrics(consistencyMetrics([report]), { model: report.model });
  return report;
};

/** Holds the predictions of a day, the last whole one unless asked otherwise, against raw, model by model. One that cannot be checked leaves the others to be. */
export const handler = async (request: MonitorRequest): Promise<readonly ConsistencyReport[]> => {
  const range = rangeOf(request, Date.now());
  const directory = mkdtempSync(join(tmpdir(), 'monitor-'));
  const place = monitoringPlace({ manifest, region: AWS_REGION, rawBucket: RAW_BUCKET, directory, batchTable: BATCH_TABLE, streamRetention: Number(STREAM_RETENTION_HOURS) * 3_600_000 });
  const found: ConsistencyReport[] = [];
  const faults: unknown[] = [];
  try {
    for (const model of Object.values(manifest.models)) {
      try {
        found.push(told(await checkConsistency(place, model, range), model));
      } catch (error) {
        logFault(`the predictions of ${versionedName(model)} could not be checked`, error);
        faults.push(error);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  emitMetrics(consistencyMetrics(found));
  if (faults.length > 0) throw faults[0];
  return found;
};
