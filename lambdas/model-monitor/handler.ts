import { rmSync } from 'node:fs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import manifest from '@generated/manifest';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { consistencyMetrics, withoutPersonalValues } from '../../core/monitoring/consistency';
import type { ModelReport } from '../../core/monitoring/report';
import { modelValues, reportKey, reportText } from '../../core/monitoring/report';
import { reportHtml } from '../../core/monitoring/report-html';
import { logFault, logger } from '../../lib/runtime/logging';
import { emitMetrics } from '../../lib/runtime/metrics';
import type { LogRange } from '../../lib/runtime/monitoring/logged-predictions';
import { monitorModel } from '../../lib/runtime/monitoring/monitor';
import { monitoringPlace } from '../../lib/runtime/monitoring/place';
import { trainingPlace } from '../../lib/runtime/training/place';
import { readVariables } from '../../lib/runtime/variables';
import { workingDirectory } from '../../lib/runtime/working-directory';
import { rangeOf, type MonitorRequest } from './range';

const { HEADRACE_ENVIRONMENT: environment, AWS_REGION, RAW_BUCKET, FEATURES_BUCKET, MODELS_BUCKET, BATCH_TABLE, STREAM_RETENTION_HOURS } =
  readVariables('HEADRACE_ENVIRONMENT', 'AWS_REGION', 'RAW_BUCKET', 'FEATURES_BUCKET', 'MODELS_BUCKET', 'BATCH_TABLE', 'STREAM_RETENTION_HOURS');

const client = new S3Client({});
const keep = async (model: ModelDefinition, { from }: LogRange, report: ModelReport): Promise<void> => {
  for (const [form, body, type] of [['json', JSON.stringify(report, null, 1), 'application/json'], ['html', reportHtml(report), 'text/html; charset=utf-8']] as const)
    await client.send(new PutObjectCommand({ Bucket: FEATURES_BUCKET, Key: reportKey(model, from, form), Body: body, ContentType: type }));
};

/** Counts what was found, keeps the report, and says it in the log: of nobody. */
const tell = async (found: ModelReport, model: ModelDefinition, range: LogRange): Promise<ModelReport> => {
  const report = { ...found, consistency: withoutPersonalValues(found.consistency, model, manifest.entities) };
  logger.info(reportText(report));
  emitMetrics(modelValues(report), { model: versionedName(model) });
  await keep(model, range, report);
  return report;
};

/**
 * Watches the predictions of a day, the last whole one unless asked otherwise, model by model: whether their features were
 * right, what became of them, and whether they drift. One that cannot be looked at leaves the others to be.
 */
export const handler = async (request: MonitorRequest): Promise<readonly ModelReport['consistency'][]> => {
  const range = rangeOf(request, Date.now());
  const directory = workingDirectory('monitor');
  const training = trainingPlace({ manifest, environment, directory, region: AWS_REGION, rawBucket: RAW_BUCKET, featuresBucket: FEATURES_BUCKET, batchTable: BATCH_TABLE });
  const place = monitoringPlace(training, { modelsBucket: MODELS_BUCKET, pseudonymParameter: process.env['PSEUDONYM_KEY'] ?? '', streamRetention: Number(STREAM_RETENTION_HOURS) * 3_600_000 });
  const found: ModelReport[] = [];
  const faults: unknown[] = [];
  try {
    for (const model of Object.values(manifest.models)) {
      try {
        found.push(await tell(await monitorModel(place, model, range), model, range));
      } catch (error) {
        logFault(`the predictions of ${versionedName(model)} could not be looked at`, error);
        faults.push(error);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  emitMetrics({ ...consistencyMetrics(found.map(({ consistency }) => consistency)), ColumnsDrifted: found.reduce((sum, { drift }) => sum + (drift?.columns.filter(({ isDrifted }) => isDrifted).length ?? 0), 0) });
  if (faults.length > 0) throw faults[0];
  return found.map(({ consistency }) => consistency);
};
