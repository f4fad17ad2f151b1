import type { Authorization, Throttling } from './api';
import type { Orchestration } from './orchestration';
import type { MskSettings } from './msk';
import type { StreamingSettings } from './streaming';

/** Workers of the Spark job: each is paid for by the second while it runs, a minute at least. */
export interface SparkSettings {
  /** One of them drives the others, 2 to 100. */
  readonly workers: number;
  /** Glue's name for their size. */
  readonly workerType?: 'G.1X' | 'G.2X' | 'G.4X' | 'G.8X';
}

/** Days for which data is kept, by where it is. */
export interface RetentionDays {
  /** What arrived; absent: for ever. Training sets, rebuilds of features and the curated tables of a lost catalog reach no further. */
  readonly raw?: number;
  /** What was rejected; absent: for ever. */
  readonly quarantine?: number;
  /** Rows of events in curated tables, by the day on which they happened; absent: for ever. */
  readonly curated?: number;
  /** Batches of the stream that no retry could process; absent: for ever. */
  readonly failures?: number;
  /** Files of datasets, and what was taken out of databases: their rows are in raw. */
  readonly landing: number;
  /** What runs told of where data came from. */
  readonly lineage: number;
  /** What was replaced or deleted, in every bucket: so long a mistake can be undone, and an erasure is not complete. */
  readonly replaced: number;
}

/** A database that datasets come from. */
export interface DatabaseSettings {
  /** Name or ARN of a secret in Secrets Manager with host, port, username, password and dbname, as RDS writes it. */
  readonly secret: string;
  /** ARN of the KMS key of the secret, where it is not the account's own for Secrets Manager. */
  readonly secretKey?: string;
  /** Subnets and security groups from which the database is reached; absent for one that is reached from anywhere. */
  readonly network?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

/** Where the contracts of an environment are registered, and by whose frames producers may send. */
export type RegistrySettings =
  /** The Glue Schema Registry of the environment's own account. */
  | { readonly kind: 'glue' }
  /** One that speaks as Confluent's does: Confluent's own, Apicurio, Karapace. */
  | {
    readonly kind: 'confluent';
    /** Of its REST API; https, but for one on this machine. */
    readonly url: string;
    /** Name or ARN of a secret in Secrets Manager with `username` and `password`; absent where it asks for none. */
    readonly secret?: string;
    /** ARN of the KMS key of the secret, where it is not the account's own for Secrets Manager. */
    readonly secretKey?: string;
    /** Stands before the names of this environment's subjects, where others share the registry, such as `staging.`; absent: nothing. */
    readonly subjectPrefix?: string;
  };

/** What events come in by: a stream of Kinesis, or a topic of Kafka on a cluster of MSK. */
export type WayIn = 'kinesis' | 'msk';

/** A named target with its own account, region and settings. `local` is one of them. */
export interface Environment {
  /** Lower case, digits and hyphens, a letter first, at most 16 characters: it is part of every resource's name. */
  readonly name: string;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** An ephemeral environment loses its data when it is destroyed, and may change a definition without a new version. */
  readonly ephemeral: boolean;
  /** Verbs that deploy, publish, erase or promote ask for `--yes NAME`. */
  readonly protected: boolean;
  /** What Lambdas run on. On AWS arm64 is the cheaper; locally it is what the machine is. */
  readonly architecture: 'arm64' | 'x86_64';
  /** The operating system of native modules in Lambda bundles: `linux` on AWS, the machine's own locally. */
  readonly platform: 'linux' | 'darwin';
  /** Where Lambda functions in Python find their packages: in a layer that the deploy makes, or with the Python that runs them, as in the local cloud. */
  readonly pythonPackages: 'layer' | 'installed';
  /** What events come in by: a stream of Kinesis, or a topic of Kafka on a cluster of MSK, which costs some hundred dollars a month while idle (docs/ingestion.md). */
  readonly ingestion: WayIn;
  /** What events came in by before, and still do until every producer has moved: both are read, and nothing is lost or counted twice at the seam (docs/engines.md). Absent: by `ingestion` alone. */
  readonly ingestionBefore?: WayIn;
  /** Of the stream, where ingestion is `kinesis`. */
  readonly stream: { readonly mode: 'provisioned'; readonly shards: number } | { readonly mode: 'on-demand' };
  /** Of the cluster and its topic, where ingestion is `msk`. */
  readonly msk: MskSettings;
  /** Who judges events and keeps them in raw or in quarantine: a Lambda function, or Spark Structured Streaming as a Glue job that always runs, which takes a topic (docs/ingestion.md). */
  readonly processing: 'lambda' | 'spark';
  /** Of that job, where processing is `spark`. */
  readonly streaming: StreamingSettings;
  /** Hours that the stream, or the topic, keeps records, 24 to 8760. */
  readonly streamRetentionHours: number;
  /** Days that logs are kept; one of the periods that CloudWatch Logs offers. */
  readonly logRetentionDays: number;
  /** Seconds between the end of a deploy and the moment from which its new contracts are judged by: as often a consumer reads what is active. */
  readonly contractActivationSeconds: number;
  /** Seconds that the validator waits to fill a batch, 0 to 300, whoever runs it: S3 puts are what this costs. */
  readonly validatorBatchingWindowSeconds: number;
  /** Seconds that the aggregator's mapping waits to fill a batch, 0 to 300: the freshness of features is what this costs. */
  readonly aggregatorBatchingWindowSeconds: number;
  /** Seconds between Flink's checkpoints, 1 to 3600, where views have it as their engine: what came since the last is read again after a restart. */
  readonly flinkCheckpointSeconds: number;
  /** Seconds for which new objects of raw gather before they are taken into the curated tables, 0 to 300: each time the day's files are written anew. */
  readonly compactionWindowSeconds: number;
  /** Days for which a curated table can be read as it was, 1 to 365; a tag keeps its snapshot longer. Each commit writes a line for each snapshot that is kept. */
  readonly snapshotRetentionDays: number;
  /** Days for which a dataset's table can be read as each of its batches left it, 1 to 3650. */
  readonly batchRetentionDays: number;
  /** Seconds after which every invocation that knew nothing of an erasure has ended, 30 to 86400: so long it waits before it begins, and before it searches again. */
  readonly erasureSettleSeconds: number;
  readonly retentionDays: RetentionDays;
  /** Sizes of the Spark job, of which an environment has one where a dataset or a model asks for Spark, or this is set. Without: two workers of 4 vCPU and 16 GB each (G.1X). */
  readonly spark?: SparkSettings;
  /** Memory of the function that builds training sets, 1024 to 10240 MB: DuckDB works in half of it, and on disk beyond. New accounts are capped at 3008. */
  readonly trainingSetMemoryMegabytes: number;
  /** Examples and events that DuckDB works out at once for a training set, 10000 to 100000000, unless a day has more: fewer need less memory, and more time. */
  readonly trainingSetRowsAtOnce: number;
  /** Memory of the prediction API's Lambda, 128 to 10240 MB. New accounts are capped at 3008. */
  readonly predictionMemoryMegabytes: number;
  /** Processes of the prediction API that are kept started, 1 to 1000, each paid for by the hour; absent: none, and a process starts when a request needs it. New accounts allow none. */
  readonly predictionProvisionedConcurrency?: number;
  /** Seconds after which a promotion or rollback is known wherever requests come in, 1 to 300: so often is looked at who serves. */
  readonly modelRefreshSeconds: number;
  /** How the API knows who asks: by AWS identities (`iam`), or by tokens of an OpenID provider. */
  readonly authorization: Authorization;
  /** Requests a second that the API lets through before it answers 429, and how many at once; in all, and of a group of routes. */
  readonly throttling: Throttling;
  /** Origins whose pages may ask the API from a browser, such as `https://app.example.com`; absent: none. */
  readonly corsOrigins?: readonly string[];
  /** Where contracts are registered. */
  readonly registry: RegistrySettings;
  /** Who starts datasets by their schedules: EventBridge Scheduler, which costs nothing, or Apache Airflow. */
  readonly orchestration: Orchestration;
  /** Databases that datasets come from, by the names that definitions give them. */
  readonly databases: Readonly<Record<string, DatabaseSettings>>;
  /** An OpenLineage endpoint to which the lineage of runs is sent, and the secret with the value of its Authorization header; absent: it is kept in the lake alone. */
  readonly lineage?: { readonly url: string; readonly secret?: string };
  /** Where alarms are sent by e-mail; absent: to the topic alone. */
  readonly alarmEmail?: string;
}

/** What a user writes: who and where, and any default to be changed. */
export type EnvironmentSettings = Pick<Environment, 'name' | 'account' | 'region'> & Partial<Omit<Environment, 'retentionDays' | 'msk' | 'streaming'>> & { readonly retentionDays?: Partial<RetentionDays>; readonly msk?: Partial<MskSettings>; readonly streaming?: Partial<StreamingSettings> };

const defaults = {
  ephemeral: false,
  protected: false,
  architecture: 'arm64',
  platform: 'linux',
  pythonPackages: 'layer',
  ingestion: 'kinesis',
  stream: { mode: 'provisioned', shards: 1 },
  msk: { cluster: { kind: 'serverless' }, partitions: 3, pollers: { minimum: 1, maximum: 3 } },
  processing: 'lambda',
  streaming: { workers: 2, workerType: 'G.025X', recordsAtOnce: 200_000 },
  streamRetentionHours: 24,
  logRetentionDays: 30,
  contractActivationSeconds: 60,
  validatorBatchingWindowSeconds: 60,
  aggregatorBatchingWindowSeconds: 1,
  flinkCheckpointSeconds: 60,
  compactionWindowSeconds: 300,
  snapshotRetentionDays: 5,
  batchRetentionDays: 400,
  // Tombstones are read anew within five minutes, and no invocation is longer than fifteen.
  erasureSettleSeconds: 1200,
  trainingSetMemoryMegabytes: 3008,
  trainingSetRowsAtOnce: 1_000_000,
  predictionMemoryMegabytes: 1769,
  modelRefreshSeconds: 30,
  authorization: { kind: 'iam' },
  throttling: { requestsPerSecond: 100, burst: 200 },
  registry: { kind: 'glue' },
  orchestration: { kind: 'scheduler' },
  databases: {},
  retentionDays: { landing: 90, lineage: 400, replaced: 30 },
} as const satisfies Partial<Environment>;

/** Every way by which events come in, the one that producers are to take first: two while an environment moves from one to the other. */
export const waysIn = ({ ingestion, ingestionBefore }: Pick<Environment, 'ingestion' | 'ingestionBefore'>): readonly WayIn[] => [ingestion, ...(ingestionBefore === undefined ? [] : [ingestionBefore])];

/**
 * An environment with its defaults filled in: arm64 Lambdas, one provisioned shard that keeps a day, logs for 30 days,
 * data kept for ever and retained when the environment is destroyed, one vCPU (1769 MB) for predictions.
 *
 * @param settings name, account and region, and whatever differs from the defaults
 */
export const environmentOf = (settings: EnvironmentSettings): Environment => ({ ...defaults, ...settings, msk: { ...defaults.msk, ...settings.msk }, streaming: { ...defaults.streaming, ...settings.streaming }, retentionDays: { ...defaults.retentionDays, ...settings.retentionDays } });

/**
 * The environment of the local cloud: the emulator's account, the machine's own architecture, and nothing kept when it is destroyed.
 *
 * @param settings what differs from that
 */
export const localEnvironment = (settings: Partial<Omit<EnvironmentSettings, 'name'>> = {}): Environment =>
  environmentOf({
    name: 'local',
    account: '000000000000',
    region: 'us-east-1',
    ephemeral: true,
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    platform: process.platform === 'darwin' ? 'darwin' : 'linux',
    pythonPackages: 'installed',
    logRetentionDays: 1,
    contractActivationSeconds: 5,
    validatorBatchingWindowSeconds: 1,
    flinkCheckpointSeconds: 2,
    compactionWindowSeconds: 15,
    erasureSettleSeconds: 40,
    modelRefreshSeconds: 5,
    ...settings,
  });
