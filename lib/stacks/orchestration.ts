import { Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AirflowOrchestration, MwaaSettings } from '../../core/environment/orchestration';
import type { Deployment } from '../constructs/deployment';
import { HeadraceStack } from '../constructs/headrace-stack';
import { mwaaEnvironment } from '../constructs/mwaa-environment';
import { mwaaNetwork } from '../constructs/mwaa-network';

/** Airflow as AWS runs it, with the DAGs that start datasets; only where an environment asks for it. */
export class OrchestrationStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment, orchestration: AirflowOrchestration, mwaa: MwaaSettings) {
    super(scope, 'orchestration', deployment, 'Headrace: Apache Airflow, which starts datasets');
    mwaaEnvironment(this, deployment, mwaaNetwork(this, deployment), orchestration, mwaa);
  }

  /** Two, by their place in the region's list: nothing is looked up when the app is synthesized. */
  override get availabilityZones(): string[] {
    return [Fn.select(0, Fn.getAzs()), Fn.select(1, Fn.getAzs())];
  }
}
