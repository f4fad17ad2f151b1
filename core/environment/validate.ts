import type { Environment } from './environment';
import { namesOf, zones } from './names';
import { between, oneOf, pattern, type SettingProblem as Problem } from './problem';
import { apiProblems } from './validate-api';
import { orchestrationProblems } from './validate-orchestration';
import { mskProblems } from './msk';
import { processingProblems } from './validate-processing';

/** Retention periods that CloudWatch Logs accepts, in days (API reference, PutRetentionPolicy). */
const logRetentionPeriods = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

const longestBucketName = 63;

const streamProblems = (stream: Environment['stream'] | undefined): Problem[] => {
  const modes = oneOf('stream.mode', stream?.mode, ['provisioned', 'on-demand']);
  return stream?.mode === 'provisioned' ? [...modes, ...between('stream.shards', stream.shards, 1, 500, 'shards')] : modes;
};

/** A bucket's name has 63 characters at most, and the environment's name is the only part that can be shortened. */
const bucketProblems = (environment: Environment): Problem[] => {
  const longest = Math.max(...[...zones, 'landing' as const, 'failures' as const, 'logs' as const].map((zone) => namesOf(environment).bucket(zone).length));
  return longest > longestBucketName
    ? [{ field: 'name', found: environment.name, allowed: `at most ${environment.name.length - (longest - longestBucketName)} characters in ${environment.region}, as bucket names have at most ${longestBucketName}` }]
    : [];
};

const databaseProblems = (databases: Environment['databases'] | undefined): Problem[] => Object.entries(databases ?? {}).flatMap(([name, { secret, network }]) => [
  ...(/^[a-z][a-z0-9-]{0,19}$/u.test(name) ? [] : [{ field: 'databases', found: name, allowed: 'by names of lower case letters, digits and hyphens, a letter first, at most 20 characters' }]),
  ...(typeof secret === 'string' && secret !== '' ? [] : [{ field: `databases.${name}.secret`, found: secret, allowed: 'the name or the ARN of a secret' }]),
  ...(network === undefined || (network.subnetIds.length > 0 && network.securityGroupIds.length > 0) ? [] : [{ field: `databases.${name}.network`, found: network, allowed: 'at least one subnet and one security group, or absent' }]),
]);

const isRegistryUrl = (url: unknown): boolean => typeof url === 'string' && /^https:\/\/[^\s@?#]+$|^http:\/\/(?:localhost|127\.0\.0\.1)(?=[:/]|$)[^\s@?#]*$/u.test(url) && URL.canParse(url);

const registryProblems = (registry: Environment['registry'] | undefined): Problem[] => {
  const kinds = oneOf('registry.kind', registry?.kind, ['glue', 'confluent']);
  if (registry?.kind !== 'confluent') return kinds;
  return [
    ...(isRegistryUrl(registry.url) ? [] : [{ field: 'registry.url', found: registry.url, allowed: 'an https URL without credentials, such as https://registry.example.com; http on this machine alone' }]),
    ...(registry.secret === undefined || registry.secret !== '' ? [] : [{ field: 'registry.secret', found: registry.secret, allowed: 'the name or the ARN of a secret, or absent' }]),
    ...(registry.subjectPrefix === undefined ? [] : pattern('registry.subjectPrefix', registry.subjectPrefix, /^[A-Za-z0-9._-]{1,64}$/u, 'letters, digits, dots, hyphens and underscores, at most 64, or absent')),
  ];
};

const retentionProblems = (retention: Environment['retentionDays'] | undefined): Problem[] => [
  ...(['landing', 'lineage', 'replaced'] as const).flatMap((name) => between(`retentionDays.${name}`, retention?.[name], 1, 3650, 'days')),
  // A month at least: what failed unseen over some days can be mended from raw.
  ...(['raw', 'quarantine', 'curated', 'failures'] as const).flatMap((name) => (retention?.[name] === undefined ? [] : between(`retentionDays.${name}`, retention[name], 30, 36_500, 'days, or absent'))),
];

const problemsOf = (environment: Environment): readonly Problem[] => [
  ...pattern('name', environment.name, /^[a-z](?:[a-z0-9-]{0,14}[a-z0-9])?$/u, 'lower case letters, digits and hyphens, a letter first, no hyphen last, at most 16 characters'),
  ...pattern('account', environment.account, /^\d{12}$/u, 'twelve digits, as text'),
  ...pattern('region', environment.region, /^[a-z]{2}(?:-[a-z]+)+-\d$/u, 'an AWS region, such as eu-central-1'),
  ...oneOf('ephemeral', environment.ephemeral, [true, false]),
  ...oneOf('protected', environment.protected, [true, false]),
  ...oneOf('architecture', environment.architecture, ['arm64', 'x86_64']),
  ...oneOf('platform', environment.platform, ['linux', 'darwin']),
  ...oneOf('pythonPackages', environment.pythonPackages, ['layer', 'installed']),
  ...oneOf('ingestion', environment.ingestion, ['kinesis', 'msk']),
  ...(environment.ingestionBefore === undefined ? [] : oneOf('ingestionBefore', environment.ingestionBefore, environment.ingestion === 'kinesis' ? ['msk'] : ['kinesis'])),
  ...streamProblems(environment.stream),
  ...mskProblems(environment.msk, environment),
  ...processingProblems(environment),
  ...between('streamRetentionHours', environment.streamRetentionHours, 24, 8760, 'hours'),
  ...oneOf('logRetentionDays', environment.logRetentionDays, logRetentionPeriods),
  ...between('validatorBatchingWindowSeconds', environment.validatorBatchingWindowSeconds, 0, 300, 'seconds'),
  ...between('aggregatorBatchingWindowSeconds', environment.aggregatorBatchingWindowSeconds, 0, 300, 'seconds'),
  ...between('flinkCheckpointSeconds', environment.flinkCheckpointSeconds, 1, 3600, 'seconds'),
  ...between('compactionWindowSeconds', environment.compactionWindowSeconds, 0, 300, 'seconds'),
  ...between('snapshotRetentionDays', environment.snapshotRetentionDays, 1, 365, 'days'),
  ...between('batchRetentionDays', environment.batchRetentionDays, 1, 3650, 'days'),
  ...between('erasureSettleSeconds', environment.erasureSettleSeconds, 30, 86_400, 'seconds'),
  ...between('trainingSetMemoryMegabytes', environment.trainingSetMemoryMegabytes, 1024, 10_240, 'megabytes'),
  ...between('trainingSetRowsAtOnce', environment.trainingSetRowsAtOnce, 10_000, 100_000_000, 'rows'),
  ...between('predictionMemoryMegabytes', environment.predictionMemoryMegabytes, 128, 10_240, 'megabytes'),
  ...(environment.predictionProvisionedConcurrency === undefined ? [] : between('predictionProvisionedConcurrency', environment.predictionProvisionedConcurrency, 1, 1000, 'processes, or absent')),
  ...between('modelRefreshSeconds', environment.modelRefreshSeconds, 1, 300, 'seconds'),
  ...apiProblems(environment),
  ...retentionProblems(environment.retentionDays),
  ...(environment.spark === undefined ? [] : [...between('spark.workers', environment.spark.workers, 2, 100, 'workers'), ...oneOf('spark.workerType', environment.spark.workerType ?? 'G.1X', ['G.1X', 'G.2X', 'G.4X', 'G.8X'])]),
  ...registryProblems(environment.registry),
  ...orchestrationProblems(environment.orchestration),
  ...databaseProblems(environment.databases),
  ...(environment.lineage === undefined || /^https:\/\/\S+$|^http:\/\/(?:localhost|127\.0\.0\.1)[:/]\S*$/u.test(environment.lineage.url) ? [] : [{ field: 'lineage.url', found: environment.lineage.url, allowed: 'an https URL, such as https://lineage.example.com/api/v1/lineage' }]),
  ...(environment.alarmEmail === undefined ? [] : pattern('alarmEmail', environment.alarmEmail, /^[^\s@]+@[^\s@]+$/u, 'an e-mail address, or absent')),
];

/**
 * The environment itself, when every setting is allowed.
 *
 * @throws Error that names each field that is wrong, its value and what it may be
 */
export const validateEnvironment = (environment: Environment): Environment => {
  const first = problemsOf(environment);
  const problems = first.length > 0 ? first : bucketProblems(environment);
  if (problems.length > 0) {
    const lines = problems.map(({ field, found, allowed }) => `  ${field} is ${JSON.stringify(found) ?? 'absent'}; it must be ${allowed}`);
    throw new Error(`environment ${JSON.stringify(environment.name)} in environments.ts is not valid:\n${lines.join('\n')}`);
  }
  return environment;
};

/**
 * The environment of that name, validated.
 *
 * @param environments the default export of environments.ts
 * @throws Error when the name is not in the list, is there twice, or the environment is not valid
 */
export const selectEnvironment = (environments: readonly Environment[], name: string): Environment => {
  const [found, ...others] = environments.filter((environment) => environment.name === name);
  if (found === undefined) {
    throw new Error(`no environment ${JSON.stringify(name)}; environments.ts has ${environments.map((environment) => environment.name).join(', ') || 'none'}. Add it there, or choose one of these.`);
  }
  if (others.length > 0) throw new Error(`environments.ts has ${others.length + 1} environments named ${JSON.stringify(name)}; give each its own name.`);
  return validateEnvironment(found);
};
