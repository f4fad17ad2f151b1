import type { Construct } from 'constructs';
import type { Deployment } from '../constructs/deployment';
import { HeadraceStack } from '../constructs/headrace-stack';
import { modelEndpoints } from '../constructs/model-endpoint';
import { modelMonitor } from '../constructs/model-monitor';
import { predictionApi } from '../constructs/prediction-api';
import { pseudonymKey } from '../constructs/pseudonym-key';

/** The way out: predictions and feature queries behind an API, and what watches them. */
export class ServingStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'serving', deployment, 'Headrace: the prediction API');
    modelEndpoints(this, deployment);
    pseudonymKey(this, deployment);
    predictionApi(this, deployment);
    modelMonitor(this, deployment);
  }
}
