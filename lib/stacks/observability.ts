import type { Construct } from 'constructs';
import { alarmTopic } from '../constructs/alarm-topic';
import { platformDashboard } from '../constructs/dashboard';
import type { Deployment } from '../constructs/deployment';
import { HeadraceStack } from '../constructs/headrace-stack';

/** Where alarms go, and the page that shows the platform. The alarms themselves stand with what they watch. */
export class ObservabilityStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'observability', deployment, 'Headrace: the alarm topic and the dashboard');
    alarmTopic(this, deployment);
    platformDashboard(this, deployment);
  }
}
