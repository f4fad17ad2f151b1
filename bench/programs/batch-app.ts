import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { localEnvironment } from '../../core/environment';
import { headraceStacks } from '../../lib';

/** The stacks of the local environment, made from the generated files below `HEADRACE_BENCH_GENERATED`. */
const app = new App();
headraceStacks(app, { environment: localEnvironment(), projectDirectory: join(__dirname, '..', '..'), generatedDirectory: process.env['HEADRACE_BENCH_GENERATED'] ?? '' });
app.synth();
