import { rmSync } from 'node:fs';
import manifest from '@generated/manifest';
import { isFlinkView } from '../../core/feature/flink-views';
import type { ViewDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { planView } from '../../core/window';
import { awsService } from '../../lib/runtime/aws-request';
import { dynamoGenerationStore } from '../../lib/runtime/generation-store';
import { logFault, logger } from '../../lib/runtime/logging';
import { emitMetrics } from '../../lib/runtime/metrics';
import { compareCurrentView } from '../../lib/runtime/materialize/compare';
import { currentViews, currentPlace } from '../../lib/runtime/materialize/place';
import type { ViewComparison } from '../../lib/runtime/rebuild/compare';
import { compareView, comparisonMetrics, comparisonText, withoutPeople } from '../../lib/runtime/rebuild/compare';
import { readVariables } from '../../lib/runtime/variables';
import { workingDirectory } from '../../lib/runtime/working-directory';

const { AWS_REGION, STATE_TABLE, RAW_BUCKET, BATCH_TABLE, STREAM_RETENTION_HOURS, SETTLE_SECONDS } = readVariables('AWS_REGION', 'STATE_TABLE', 'RAW_BUCKET', 'BATCH_TABLE', 'STREAM_RETENTION_HOURS', 'SETTLE_SECONDS');
const generations = dynamoGenerationStore({ table: STATE_TABLE, service: awsService('dynamodb') });

const settle = Number(SETTLE_SECONDS) * 1000;

/** Counts what a comparison found, and says it in the log without saying of whom. */
const told = (compared: ViewComparison, { entity }: ViewDefinition): ViewComparison => {
  const comparison = withoutPeople(compared, manifest.entities[entity] ?? { name: entity, key: {} });
  logger.info(comparisonText(comparison));
  emitMetrics(comparisonMetrics([comparison]), { view: comparison.view });
  return comparison;
};

/** Compares the state of every view that is served with what raw gives, events and batches, and counts what differs. One that cannot be compared leaves the others to be. */
export const handler = async (): Promise<readonly ViewComparison[]> => {
  // Items of Flink's views have no watermarks: it is not known which records of raw they should hold.
  const views = Object.values(manifest.views).filter((view) => view.from.kind === 'event' && !isFlinkView(view));
  const served = await generations.read(views);
  const directory = workingDirectory('comparison');
  const found: ViewComparison[] = [];
  const faults: unknown[] = [];
  const attempt = async (view: ViewDefinition, compare: () => Promise<ViewComparison | undefined>): Promise<void> => {
    try {
      const compared = await compare();
      if (compared) found.push(told(compared, view));
    } catch (error) {
      logFault(`the view ${versionedName(view)} could not be compared`, error);
      faults.push(error);
    }
  };
  try {
    for (const view of views) {
      const serving = served.get(versionedName(view))?.generations.serving;
      if (serving === undefined) continue;
      await attempt(view, () => compareView({
        manifest, region: AWS_REGION, rawBucket: RAW_BUCKET, stateTable: STATE_TABLE, directory, fold: { streamRetention: Number(STREAM_RETENTION_HOURS) * 3_600_000 }, onProgress: () => undefined,
      }, planView(manifest, view), serving, { waits: [settle], now: Date.now }));
    }
    const place = currentPlace({ manifest, directory, region: AWS_REGION, rawBucket: RAW_BUCKET, stateTable: STATE_TABLE, batchTable: BATCH_TABLE });
    for (const current of currentViews(manifest))
      await attempt(current.view, async () => (await compareCurrentView(place, current, { region: AWS_REGION, table: STATE_TABLE }, { waits: [settle] }))?.comparison);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  emitMetrics(comparisonMetrics(found));
  if (faults.length > 0) throw faults[0];
  return found;
};
