/*
 * What `headrace compile` generates for a project. A Lambda's bundle and the tests put the project's own files in place
 * of these names.
 */

declare module '@generated/manifest' {
  const manifest: import('../../core/manifest/manifest').Manifest;
  export default manifest;
}

declare module '@generated/validators' {
  export const hashes: import('../../core/contract/contracts').ValidatorModule['hashes'];
  export const validatorsWith: import('../../core/contract/contracts').ValidatorModule['validatorsWith'];
}
