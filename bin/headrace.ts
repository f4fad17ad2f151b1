import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { selectEnvironment } from '../core/environment/validate';
import environments from '../environments';
import { headraceStacks } from '../lib';

/** The CDK app of this repository: `cdk deploy --all -c env=NAME`, or HEADRACE_ENV. */
const app = new App();
const chosen: unknown = app.node.tryGetContext('env') ?? process.env['HEADRACE_ENV'] ?? 'local';
headraceStacks(app, { environment: selectEnvironment(environments, String(chosen)), projectDirectory: join(__dirname, '..') });
app.synth();
