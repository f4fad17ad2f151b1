import type { Construct } from 'constructs';
import { zones } from '../../core/environment/names';
import { retentionProblems } from '../../core/environment/retention';
import type { Deployment } from '../constructs/deployment';
import { HeadraceStack } from '../constructs/headrace-stack';
import { lakeCatalog } from '../constructs/lake-catalog';
import { writeModelsOnce } from '../constructs/model-immutability';
import { platformKey } from '../constructs/platform-key';
import { logsBucket, zoneBucket } from '../constructs/zone-bucket';

/** The lake: one key, a bucket a zone, and the catalog. */
export class StorageStack extends HeadraceStack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'storage', deployment, 'Headrace: the key, the zones of the lake and their catalog');
    const [problem] = retentionProblems(deployment.environment, deployment.manifest);
    if (problem !== undefined) throw new Error(problem);
    const key = platformKey(this, deployment);
    const logs = logsBucket(this, deployment);
    for (const name of [...zones, 'landing', 'failures'] as const) {
      const bucket = zoneBucket(this, deployment, name, key, logs);
      if (name === 'models') writeModelsOnce(bucket);
    }
    lakeCatalog(this, deployment);
  }
}
