import type { Environment } from './environment';

/** The zones of the lake: each is a bucket with its own promise. */
export const zones = ['raw', 'quarantine', 'curated', 'features', 'models'] as const;
type Zone = (typeof zones)[number];

/** Buckets beside the zones: where files of datasets arrive, what no consumer could process, and access logs. */
export type BucketName = Zone | 'landing' | 'failures' | 'logs';

/** Every name that one stack makes and another uses: deterministic by environment, so that no stack imports from another. */
export interface Names {
  readonly prefix: string;
  /** The stream, or the topic, that all events take. */
  readonly stream: string;
  /** The cluster that holds the topic, where ingestion is `msk` and no cluster that is there already is named. */
  readonly cluster: string;
  /** The function that puts events on the topic for what cannot reach the cluster. */
  readonly eventWriter: string;
  /** The topics to and from Flink, where views have it as their engine: accepted events, and what hops of features come to. */
  readonly acceptedTopic: string;
  readonly partialsTopic: string;
  /** The function that puts accepted events on their topic. */
  readonly acceptedWriter: string;
  /** What the names of Flink applications begin with: what each is made from follows. */
  readonly flink: string;
  /** Registry of the contracts' schemas in Glue. */
  readonly registry: string;

  readonly stateTable: string;
  readonly batchTable: string;
  /** Queue of objects of raw that wait to be taken into the curated tables. */
  readonly rawQueue: string;
  readonly database: string;
  /** Glue table over the raw zone of a versioned event type or dataset: lower case, digits and underscores. */
  readonly rawTable: (definition: { readonly name: string; readonly version: number }) => string;
  readonly quarantineTable: string;
  readonly lineageTable: string;
  readonly bucket: (zone: BucketName) => string;
  readonly function: (name: string) => string;
  readonly stateMachine: (name: string) => string;
  readonly api: string;
  /** SSM path under which the hashes of the deployed definitions, and what else stacks tell each other, stand. */
  readonly parameterPath: string;
  readonly alarmTopic: string;
  readonly dashboard: string;
  readonly keyAlias: string;
  readonly stack: (layer: string) => string;
}

export const namesOf = (environment: Pick<Environment, 'name' | 'account' | 'region'>): Names => {
  const prefix = `headrace-${environment.name}`;
  return {
    prefix,
    stream: `${prefix}-events`,
    cluster: prefix,
    eventWriter: `${prefix}-event-writer`,
    acceptedTopic: `${prefix}-events-accepted`,
    partialsTopic: `${prefix}-events-partials`,
    acceptedWriter: `${prefix}-accepted-writer`,
    flink: `${prefix}-features`,
    registry: prefix,
    stateTable: `${prefix}-state`,
    batchTable: `${prefix}-batches`,
    rawQueue: `${prefix}-new-raw`,
    database: `headrace_${environment.name.replaceAll('-', '_')}`,
    rawTable: (definition) => `raw_${definition.name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '_')}_v${definition.version}`,
    quarantineTable: 'quarantine',
    lineageTable: 'lineage',
    bucket: (zone) => `${prefix}-${zone}-${environment.account}-${environment.region}`,
    function: (name) => `${prefix}-${name}`,
    stateMachine: (name) => `${prefix}-${name}`,
    api: `${prefix}-api`,
    parameterPath: `/headrace/${environment.name}`,
    alarmTopic: `${prefix}-alarms`,
    dashboard: prefix,
    keyAlias: `alias/${prefix}`,
    stack: (layer) => `${prefix}-${layer}`,
  };
};
