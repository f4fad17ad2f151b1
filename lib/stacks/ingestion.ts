import type { Construct } from 'constructs';
import { waysIn } from '../../core/environment/environment';
import type { Deployment } from '../constructs/deployment';
import { eventStream } from '../constructs/event-stream';
import { eventTopic } from '../constructs/event-topic';
import { watchFailedBatches } from '../constructs/failed-batches';
import { HeadraceStack } from '../constructs/headrace-stack';
import { ingestValidator } from '../constructs/ingest-validator';

/** The way in: the stream, or the topic and its cluster, or both while producers move, the validator that reads it, and the watch over what it could not process. */
export class IngestionStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'ingestion', deployment, 'Headrace: the event stream and its validator');
    const sources = waysIn(deployment.environment).map((way) => (way === 'msk' ? eventTopic(this, deployment) : eventStream(this, deployment)));
    const validator = ingestValidator(this, deployment);
    validator.node.addDependency(...sources);
    watchFailedBatches(this, deployment);
  }
}
