/** The import rules of the architecture: the tree shows five layers, and this holds them apart. */

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure', severity: 'error', comment: 'core/ is the domain: no SDK, no CDK, no input or output. Hashes, bytes and deep equality are computation.',
      from: { path: '^core/' }, to: { path: ['node_modules', '^(lib|lambdas|cli|local|examples|definitions|bench|bin)/'] },
    },
    { name: 'core-does-no-input-or-output', severity: 'error', from: { path: '^core/' }, to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util|buffer)$' } },
    { name: 'nothing-imports-lambdas', severity: 'error', comment: 'Stacks refer to a Lambda by its path; what is shared belongs to core/ or lib/runtime/.', from: { pathNot: '^(lambdas|test|bench)/' }, to: { path: '^lambdas/' } },
    { name: 'lambdas-stand-alone', severity: 'error', comment: 'One folder a Lambda.', from: { path: '^lambdas/([^/]+)/' }, to: { path: '^lambdas/', pathNot: '^lambdas/$1/' } },
    { name: 'lambdas-are-shells', severity: 'error', from: { path: '^lambdas/' }, to: { path: ['^(lib/(stacks|constructs)|cli|local|examples|definitions)/', 'node_modules/(aws-cdk-lib|constructs)/'] } },
    { name: 'constructs-know-no-runtime', severity: 'error', from: { path: '^(lib/(stacks|constructs)|bin)/' }, to: { path: ['^lib/runtime/', '^(cli|local|lambdas)/', 'node_modules/@aws-sdk/'] } },
    { name: 'runtime-knows-no-cdk', severity: 'error', from: { path: '^lib/runtime/' }, to: { path: ['^lib/(stacks|constructs)/', 'node_modules/(aws-cdk-lib|constructs)/', '^(cli|local)/'] } },
    { name: 'platform-knows-no-example', severity: 'error', from: { path: '^(core|lib|lambdas|cli|local)/' }, to: { path: '^(examples|definitions|environments\\.ts)' } },
    { name: 'local-cloud-knows-no-platform', severity: 'error', comment: 'The local cloud is a cloud: it knows nothing of what runs in it.', from: { path: '^local/' }, to: { path: '^(lib|lambdas|cli|definitions|examples)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // TypeScript 7 has no API to parse with.
    parser: 'swc',
    exclude: { path: ['^test/\\.generated', '^generated', '^cdk\\.out', '^dist'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
