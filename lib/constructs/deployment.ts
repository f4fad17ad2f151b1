import type { Environment } from '../../core/environment/environment';
import type { Names } from '../../core/environment/names';
import type { Manifest } from '../../core/manifest/manifest';

/** What every stack and construct needs to know of where it is deployed to and what for. */
export interface Deployment {
  readonly environment: Environment;
  readonly names: Names;
  readonly manifest: Manifest;
  /** The project: files that definitions name, such as trainers, are below it. */
  readonly projectDirectory: string;
  /** Directory that holds manifest.json and validators.js, both made by `headrace compile`: Lambda bundles take them from there. */
  readonly generatedDirectory: string;
}
