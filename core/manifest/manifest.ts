import type { Schedule } from '../dataset/schedule';
import type { Retraining } from '../model/retraining-schedule';
import type { GateRules } from '../model/gate';
import type { CompatibilityMode, ExpectationNode, ExpressionNode, FieldNodes, LabelNode, Scalar, ViewFeatureNode } from '../definition/node';

/** A name with its version, `flight.landed@v1`: the key of versioned definitions in the manifest. */
export type VersionedName = `${string}@v${number}`;

interface Described { readonly owner?: string; readonly description?: string; /** SHA-256 (hex) of the definition's canonical JSON, without owner and description. */ readonly hash: string }

/** An event type's version: what its contract is made from. */
export interface EventDefinition extends Described {
  readonly kind: 'event';
  readonly name: string;
  readonly version: number;
  /** The field whose value producers use as the stream's partition key. */
  readonly partitionBy: string;
  readonly knownAt: 'arrival' | 'recordedtime';
  /** What this version keeps towards the former ones; `BACKWARD` when nothing is said. */
  readonly compatibility?: CompatibilityMode;
  readonly fields: FieldNodes;
  /** Versions of the type whose events can be read as events of this one, itself among them, ascending. Worked out when definitions compile. */
  readonly reads: readonly number[];
  /** Put by the platform itself (predictions), not by the user's producers. */
  readonly platform?: boolean;
}

/** A contract as it was made, without what depends on the versions beside it. */
export type KeptContract = Omit<EventDefinition, 'reads'>;

/** Files under a prefix of the environment's landing place, in one format. */
export type FileSource = { readonly csv: string } | { readonly ndjson: string } | { readonly parquet: string };

/** A table or view of a PostgreSQL database, whole or what is new of it. */
export interface PostgresSource {
  /** `schema.table`; without a schema it is `public`. */
  readonly postgres: string;
  /** The database among those of the environment; `postgres` when nothing is said. */
  readonly database?: string;
  /** A timestamp that grows whenever a row is made or changed: each batch then holds what is newer than the one before, and takes the place of the rows with the same keys. */
  readonly increment?: string;
  /** How long before the last increment's end the next one begins, for rows whose transactions ended late; 10 when nothing is said. */
  readonly overlapMinutes?: number;
}

/** Where a dataset comes from. */
export type DatasetSource = FileSource | PostgresSource;

/** A batch input, delivered under a batch id. */
export interface DatasetDefinition extends Described {
  readonly kind: 'dataset';
  readonly name: string;
  readonly version: number;
  readonly key: readonly string[];
  readonly source: DatasetSource;
  readonly knownAt: 'arrival' | 'always' | { readonly column: string };
  readonly fields: FieldNodes;
  /** What a batch must keep before it is taken into the table; no part of the dataset's hash, as it changes no row's meaning. */
  readonly expects?: readonly ExpectationNode[];
  /** When it is run by itself. */
  readonly schedule?: Schedule;
  /** Names of the datasets that it waits for. */
  readonly after?: readonly string[];
  /** What checks and writes its batches; `duckdb` where it is not said. */
  readonly engine?: 'duckdb' | 'spark';
}

export interface EntityDefinition extends Described { readonly kind: 'entity'; readonly name: string; readonly key: FieldNodes }

export interface SourceReference { readonly kind: 'event' | 'dataset'; readonly name: string; readonly version: number }

/** Features of one entity from one source. `by` maps the entity's key fields to expressions over the source row. */
export interface ViewDefinition extends Described {
  readonly kind: 'featureView';
  readonly name: string;
  readonly version: number;
  readonly entity: string;
  readonly from: SourceReference;
  readonly by: Readonly<Record<string, ExpressionNode>>;
  /** What one fold may cost, in write units of DynamoDB, where that is more than usual. */
  readonly writeUnits?: number;
  /** What works out its windows; the aggregator's Lambda where it is not said. Flink's items count the rows of each hop, so that this is part of the hash. */
  readonly engine?: 'flink';
  readonly features: readonly ViewFeatureNode[];
}

/** One input of a model, in the order in which the model takes them. */
export interface ModelInput { readonly name: string; readonly scalar: Scalar; readonly expression: ExpressionNode }

/** What stands behind an endpoint: nothing while nobody asks, or machines that run all the time. */
export type EndpointCapacity =
  /** Memory in MB, 1024 to 6144 in steps of 1024; at most so many requests at once, 1 to 200. */
  | { readonly kind: 'serverless'; readonly memoryMegabytes: number; readonly maxConcurrency: number }
  /** A type of machine, such as `ml.c6i.large`, and how many of them. */
  | { readonly kind: 'real-time'; readonly instanceType: string; readonly instances: number };

/** How a model is served by SageMaker endpoints, one for each version that serves. */
export type ModelEndpoint = EndpointCapacity & {
  /** How long a prediction waits for endpoints in all, retries and a challenger's included; 10 seconds, where it is not said. */
  readonly timeoutMilliseconds?: number;
};

/** How a model is served: no part of what it means, nor of its hash. */
export interface ServingPolicy {
  /**
   * What becomes of an instance with inputs that are absent. `default`: the model gets NaN for them, as it did when it learned.
   * `fail`: it is not predicted. `default`, where it is not said.
   */
  readonly missing?: 'fail' | 'default';
  /** How long a prediction waits for the feature state; after that the features are missing. As long as the store needs, where it is not said. */
  readonly budgetMilliseconds?: number;
  /** What of the predictions is kept as events: their share, from 0 to 1, by a hash of the prediction's id; each says how many it stands for. All of them, where it is not said. */
  readonly log?: { readonly share: number };
  /** Versions are promoted to SageMaker endpoints; the prediction API runs them in its own process, where it is not said. */
  readonly endpoint?: ModelEndpoint;
}

/** How a model is trained: no part of what it means, nor of its hash. */
export interface TrainingPolicy {
  /** A Python file of the project that trains it, relative to the project's directory, with the SHA-256 (hex) of its content; Headrace's own where it is not said. */
  readonly trainer?: { readonly file: string; readonly contentHash: string };
  /** Who promotes a version that the gate lets pass; `by hand` where it is not said. */
  readonly promotion?: 'by hand' | 'when the gate passes';
  /** What works out the rows of its training sets, the same ones: `duckdb`, where nothing is said, in a function or on the machine that asks, or `spark`, in the Glue job of the environment, for what is larger. */
  readonly engine?: 'duckdb' | 'spark';
  /** When it is trained anew by itself, and on what; when somebody says so, where it is not said. */
  readonly retrain?: Retraining;
}

/** How a model's versions are judged: no part of what it means, nor of its hash. */
export interface EvaluationPolicy {
  /** Bins of a numeric input, cut at some values, that are judged each by itself. */
  readonly slices?: Readonly<Record<string, { readonly input: string; readonly at: readonly number[] }>>;
  /** Rules of the gate that are other than usual. */
  readonly gate?: Partial<GateRules>;
}

export interface ModelDefinition extends Described {
  readonly kind: 'model';
  readonly name: string;
  readonly version: number;
  readonly predicts: 'probability' | 'number' | { readonly classes: readonly string[] };
  /** Slot name to entity name. */
  readonly entities: Readonly<Record<string, string>>;
  readonly request: FieldNodes;
  readonly inputs: readonly ModelInput[];
  /** SHA-256 (hex) of the inputs with the hashes of the views they read: a model file made for other inputs is refused. */
  readonly inputsHash: string;
  /** How an event becomes a row; `at` absent means the event's effective time. */
  readonly examples: {
    readonly from: SourceReference;
    readonly at?: ExpressionNode;
    readonly entities: Readonly<Record<string, Readonly<Record<string, ExpressionNode>>>>;
    readonly request: Readonly<Record<string, ExpressionNode>>;
    readonly label: LabelNode;
  };
  readonly serving?: ServingPolicy;
  readonly training?: TrainingPolicy;
  readonly evaluation?: EvaluationPolicy;
}

/** All definitions, compiled. Versioned kinds are keyed by `name@vN`, entities by name. */
export interface Manifest {
  readonly format: 1;
  /** SHA-256 (hex) over all definitions' hashes. */
  readonly hash: string;
  readonly events: Readonly<Record<string, EventDefinition>>;
  readonly datasets: Readonly<Record<string, DatasetDefinition>>;
  readonly entities: Readonly<Record<string, EntityDefinition>>;
  readonly views: Readonly<Record<string, ViewDefinition>>;
  readonly models: Readonly<Record<string, ModelDefinition>>;
}

/** `name@vN`. */
export const versionedName = (definition: { readonly name: string; readonly version: number }): VersionedName => `${definition.name}@v${definition.version}`;
