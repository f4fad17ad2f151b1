import type { Construct } from 'constructs';
import { waysIn } from '../../core/environment/environment';
import type { Deployment } from '../constructs/deployment';
import { eventStream } from '../constructs/event-stream';
import { eventTopic } from '../constructs/event-topic';
import { watchFailedBatches } from '../constructs/failed-batches';
import { HeadraceStack } from '../constructs/headrace-stack';
import { IngestStream } from '../constructs/ingest-stream';
import { ingestValidator } from '../constructs/ingest-validator';

/**
 * The way in: the stream, or the topic and its cluster, or both while producers move, the validator that reads it, a function or a streaming job,
 * and the watch over what it could not process.
 */
export class IngestionStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'ingestion', deployment, 'Headrace: the event stream and its validator');
    const ways = waysIn(deployment.environment);
    const topic = ways.includes('msk') ? eventTopic(this, deployment) : undefined;
    const sources = [...(topic === undefined ? [] : topic.topics), ...(ways.includes('kinesis') ? [eventStream(this, deployment)] : [])];
    const validator = ingestValidator(this, deployment);
    validator.node.addDependency(...sources);
    if (deployment.environment.processing === 'spark' && topic !== undefined) new IngestStream(this, deployment, topic);
    watchFailedBatches(this, deployment);
  }
}
