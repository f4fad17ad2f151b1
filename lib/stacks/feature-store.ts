import type { Construct } from 'constructs';
import { activatedContracts } from '../constructs/contract-registrar';
import type { Deployment } from '../constructs/deployment';
import { featureAggregator, generationFollower } from '../constructs/feature-aggregator';
import { featureComparison } from '../constructs/feature-comparison';
import { featurePartials } from '../constructs/feature-partials';
import { flinkApplication, hasFlink } from '../constructs/flink-application';
import { HeadraceStack } from '../constructs/headrace-stack';
import { stateTable } from '../constructs/tables';

/** Features online: the table of state items the aggregator that folds events into them, and Flink where views have it as their engine. */
export class FeatureStoreStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'feature-store', deployment, 'Headrace: the state of feature views and its aggregator');
    const state = stateTable(this, deployment);
    const aggregator = featureAggregator(this, deployment);
    aggregator.node.addDependency(state);
    const follower = generationFollower(this, deployment);
    follower.node.addDependency(state);
    if (hasFlink(deployment)) {
      const partials = featurePartials(this, deployment);
      partials.node.addDependency(state);
      flinkApplication(this, deployment).node.addDependency(partials);
    }
    featureComparison(this, deployment).node.addDependency(state);
    activatedContracts(this, deployment, aggregator);
  }
}
