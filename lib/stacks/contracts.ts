import type { Construct } from 'constructs';
import { guardedDefinitions } from '../constructs/definitions-guard';
import type { Deployment } from '../constructs/deployment';
import { HeadraceStack } from '../constructs/headrace-stack';

/** What is online: deployed first, so that nothing else changes when the definitions are refused. */
export class ContractsStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'contracts', deployment, 'Headrace: the definitions that are online');
    guardedDefinitions(this, deployment);
  }
}
