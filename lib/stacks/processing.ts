import { batchScoring } from '../constructs/batch-scoring';
import { datasetPipeline } from '../constructs/dataset-pipeline';
import type { Deployment } from '../constructs/deployment';
import { SparkJob } from '../constructs/spark-job';
import { hasSpark } from '../../core/environment/spark';
import { lakeCompactor } from '../constructs/lake-compactor';
import { lakeMaintainer } from '../constructs/lake-maintainer';
import { HeadraceStack } from '../constructs/headrace-stack';
import { Construct } from 'constructs';
import { subjectErasure } from '../constructs/subject-erasure';
import { trainingSetWriter } from '../constructs/training-set-writer';
import { batchTable } from '../constructs/tables';
import { trainingPipeline } from '../constructs/training-pipeline';

/** Batches: their records, and the pipeline that lands them; the compactor that takes events from raw into curated tables, what keeps those in order, what takes training sets into theirs, what predicts many rows, what erases people from everything, and the pipeline that trains models. */
export class ProcessingStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'processing', deployment, 'Headrace: the pipeline that lands datasets, the compactor of raw, erasure, and training');
    batchTable(this, deployment);
    const spark = hasSpark(deployment) ? new SparkJob(this, deployment) : undefined;
    datasetPipeline(this, deployment, spark);
    lakeCompactor(this, deployment);
    lakeMaintainer(this, deployment);
    const writer = trainingSetWriter(this, deployment);
    // States are constructs, and those of the machines have names in common.
    batchScoring(new Construct(this, 'Scoring'), deployment);
    subjectErasure(new Construct(this, 'Erasure'), deployment);
    trainingPipeline(new Construct(this, 'Training'), deployment, writer, spark);
  }
}
