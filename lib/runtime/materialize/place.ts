import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { CommittedBatch } from '../../../core/dataset/materialization';
import type { Tombstone } from '../../../core/erasure/tombstone';
import type { DatasetDefinition, EntityDefinition, Manifest, ViewDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { awsService } from '../aws-request';
import { batchRecordsIn, committedBatches } from '../batch-records';
import type { GenerationStore } from '../generation-store';
import { dynamoGenerationStore } from '../generation-store';
import type { MaterializationStore } from '../materialization-store';
import { dynamoMaterializationStore } from '../materialization-store';
import type { ObjectStore } from '../object-store';
import { s3Objects } from '../object-store';
import type { StateStore } from '../state-store';
import { dynamoStateStore } from '../state-store';

/** Rows of datasets in raw, and what is online of them. */
export interface CurrentPlace {
  readonly manifest: Manifest;
  /** For what is brought here, and for DuckDB's tables. */
  readonly directory: string;
  readonly raw: Pick<ObjectStore, 'get'>;
  readonly committed: (dataset: DatasetDefinition) => Promise<readonly CommittedBatch[]>;
  readonly items: StateStore;
  readonly known: MaterializationStore;
  readonly generations: Pick<GenerationStore, 'read' | 'write'>;
}

/** Where rows of datasets are brought online from, and to. */
export interface MaterializePlace extends CurrentPlace {
  /** The tombstones of erased subjects: what was read of raw before an erasure must not be written after it. */
  readonly tombstones: () => Promise<readonly Tombstone[]>;
}

/** The names of an environment's places. */
export interface CurrentPlaceSettings {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly region: string;
  readonly rawBucket: string;
  readonly stateTable: string;
  readonly batchTable: string;
}

/** The place in an environment. */
export const currentPlace = ({ manifest, directory, region, rawBucket, stateTable, batchTable }: CurrentPlaceSettings): CurrentPlace => {
  const control = { table: stateTable, service: awsService('dynamodb') };
  const records = batchRecordsIn(new DynamoDBClient({ region }), batchTable);
  return {
    manifest, directory, raw: s3Objects(new S3Client({ region }), rawBucket), items: dynamoStateStore({ ...control, policy: { attempts: 20 } }), known: dynamoMaterializationStore(control), generations: dynamoGenerationStore(control),
    committed: (dataset) => committedBatches(records, dataset),
  };
};

/** The generation of a dataset's view: there is one, as rows are put in the place of rows. */
export const currentGeneration = 1;

/** What a view over a dataset is made from. */
export interface CurrentView { readonly view: ViewDefinition; readonly dataset: DatasetDefinition; readonly entity: EntityDefinition }

/** The views over datasets, or over one; each with what it is made from. */
export const currentViews = ({ views, datasets, entities }: Manifest, of?: string): readonly CurrentView[] => Object.values(views).flatMap((view) => {
  const [dataset, entity] = [datasets[versionedName(view.from)], entities[view.entity]];
  return view.from.kind === 'dataset' && dataset && entity && (of === undefined || of === versionedName(view.from)) ? [{ view, dataset, entity }] : [];
});
