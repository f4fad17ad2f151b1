import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { localEnvironment, type Environment } from '../../../core/environment';
import { headraceStacks } from '../../../lib';

/** The stacks of the local environment, made from the generated files below `HEADRACE_TEST_GENERATED`, with the databases of `HEADRACE_TEST_DATABASES` the endpoint of `HEADRACE_TEST_LINEAGE`, the orchestration of `HEADRACE_TEST_ORCHESTRATION`, the registry of `HEADRACE_TEST_REGISTRY`, the topic that `HEADRACE_TEST_INGESTION` asks for and the authorization of `HEADRACE_TEST_AUTHORIZATION`. */
const app = new App();
const { HEADRACE_TEST_LINEAGE: lineage, HEADRACE_TEST_AUTHORIZATION: authorization, HEADRACE_TEST_ORCHESTRATION: orchestration, HEADRACE_TEST_REGISTRY: registry, HEADRACE_TEST_INGESTION: ingestion } = process.env;
headraceStacks(app, { environment: localEnvironment({ ...(ingestion === 'msk' ? { ingestion } : {}), databases: JSON.parse(process.env['HEADRACE_TEST_DATABASES'] ?? '{}') as Environment['databases'], ...(lineage === undefined ? {} : { lineage: JSON.parse(lineage) as NonNullable<Environment['lineage']> }), ...(registry === undefined ? {} : { registry: JSON.parse(registry) as Environment['registry'] }), ...(orchestration === undefined ? {} : { orchestration: JSON.parse(orchestration) as Environment['orchestration'] }), ...(authorization === undefined ? {} : { authorization: JSON.parse(authorization) as Environment['authorization'] }) }), projectDirectory: join(__dirname, '..', '..', '..'), generatedDirectory: process.env['HEADRACE_TEST_GENERATED'] ?? '' });
app.synth();
