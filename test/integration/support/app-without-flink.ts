import { dirname } from 'node:path';
import { App } from 'aws-cdk-lib';
import { selectEnvironment } from '../../../core/environment';
import environments from '../../../examples/flights/environments';
import { flightsProject } from '../../../examples/flights/project';
import { headraceStacks } from '../../../lib';

/** The example's app with definitions that have a view of Flink's, and no Flink: what goes on to its topic stays there, read by nobody. */
const app = new App();
const { directory, manifest } = flightsProject();
const stacks = headraceStacks(app, { environment: selectEnvironment(environments, process.env['HEADRACE_ENV'] ?? 'local'), projectDirectory: directory, generatedDirectory: dirname(manifest) });
for (const id of ['FlinkRunning', 'FlinkLogging', 'Flink']) if (!stacks['feature-store'].node.tryRemoveChild(id)) throw new Error(`the stack of features has no ${id}`);
app.synth();
