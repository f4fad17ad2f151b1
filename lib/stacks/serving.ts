import type { Construct } from 'constructs';
import type { Deployment } from '../constructs/deployment';
import { HeadraceStack } from '../constructs/headrace-stack';
import { predictionApi } from '../constructs/prediction-api';

/** The way out: predictions and feature queries behind an API. */
export class ServingStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'serving', deployment, 'Headrace: the prediction API');
    predictionApi(this, deployment);
  }
}
