import type { Construct } from 'constructs';
import { datasetPipeline } from '../constructs/dataset-pipeline';
import type { Deployment } from '../constructs/deployment';
import { HeadraceStack } from '../constructs/headrace-stack';
import { batchTable } from '../constructs/tables';

/** Batches: their records, and the pipeline that lands them. */
export class ProcessingStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'processing', deployment, 'Headrace: the pipeline that lands datasets');
    batchTable(this, deployment);
    datasetPipeline(this, deployment);
  }
}
