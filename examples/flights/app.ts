import { dirname } from 'node:path';
import { App } from 'aws-cdk-lib';
import { selectEnvironment } from '../../core/environment';
import { headraceStacks } from '../../lib';
import environments from './environments';
import { flightsProject } from './project';

/** The CDK app of the example. */
const app = new App();
const { directory, manifest } = flightsProject();
headraceStacks(app, { environment: selectEnvironment(environments, process.env['HEADRACE_ENV'] ?? 'local'), projectDirectory: directory, generatedDirectory: dirname(manifest) });
app.synth();
