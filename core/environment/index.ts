export { environmentOf, localEnvironment } from './environment';
export type { Environment } from './environment';
export { namesOf } from './names';
export { selectEnvironment, validateEnvironment } from './validate';
