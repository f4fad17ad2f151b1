/** `headrace/cdk`: the stacks of the platform, for an app of one's own. */
export { environmentOf, localEnvironment } from '../core/environment/environment';
export type { Environment, EnvironmentSettings } from '../core/environment/environment';
export { selectEnvironment, validateEnvironment } from '../core/environment/validate';
export { layers } from './constructs/headrace-stack';
export type { Layer } from './constructs/headrace-stack';
export { headraceStacks } from './stacks/headrace-stacks';
export type { HeadraceStacksProps } from './stacks/headrace-stacks';
