import type { Construct } from 'constructs';
import { datasetPipeline } from '../constructs/dataset-pipeline';
import type { Deployment } from '../constructs/deployment';
import { lakeCompactor } from '../constructs/lake-compactor';
import { lakeMaintainer } from '../constructs/lake-maintainer';
import { HeadraceStack } from '../constructs/headrace-stack';
import { batchTable } from '../constructs/tables';

/** Batches: their records, and the pipeline that lands them; the compactor that takes events from raw into curated tables, and what keeps those in order. */
export class ProcessingStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'processing', deployment, 'Headrace: the pipeline that lands datasets, and the compactor of raw');
    batchTable(this, deployment);
    datasetPipeline(this, deployment);
    lakeCompactor(this, deployment);
    lakeMaintainer(this, deployment);
  }
}
