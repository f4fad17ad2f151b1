import type { FieldNodes, Scalar } from '../definition/node';
import type { EntityDefinition, ModelDefinition } from '../manifest/manifest';
import type { Promotion, Role, ServingRecord } from './roles';

/** A version that serves, without who promoted it: that is for who runs the platform. */
interface Serving { readonly modelVersion: string; readonly promotedAt: string }

/** A model and the versions that serve it. */
export interface ModelSummary {
  readonly model: string;
  readonly version: number;
  readonly description?: string;
  readonly predicts: ModelDefinition['predicts'];
  readonly champion: Serving | null;
  readonly challenger: (Serving & { readonly weight: number }) | null;
  readonly shadows: readonly Serving[];
}

/** What is known of a version that serves. */
export interface VersionDescription {
  readonly modelVersion: string;
  readonly role: Role;
  readonly createdAt?: string;
  readonly trainingSetHash?: string;
  readonly checksum?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** A model with what it is asked with and made of. */
export interface ModelDescription extends ModelSummary {
  /** By slot. */
  readonly entities: Readonly<Record<string, { readonly entity: string; readonly key: FieldNodes }>>;
  readonly request: FieldNodes;
  readonly inputs: readonly { readonly name: string; readonly type: Scalar }[];
  readonly versions: readonly VersionDescription[];
}

const serving = ({ modelVersion, promotedAt }: Promotion): Serving => ({ modelVersion, promotedAt });

/** @param record `undefined` while no version was promoted */
export const modelSummary = ({ name, version, description, predicts }: ModelDefinition, record: ServingRecord | undefined): ModelSummary => ({
  model: name, version, ...(description === undefined ? {} : { description }), predicts,
  champion: record ? serving(record) : null,
  challenger: record?.challenger ? { ...serving(record.challenger), weight: record.challenger.weight } : null,
  shadows: record ? record.shadows.map(serving) : [],
});

/** The versions that serve, with their roles. */
export const versionsInRoles = (record: ServingRecord | undefined): readonly { readonly modelVersion: string; readonly role: Role }[] => (record ? [
  { modelVersion: record.modelVersion, role: 'champion' },
  ...(record.challenger ? [{ modelVersion: record.challenger.modelVersion, role: 'challenger' as const }] : []),
  ...record.shadows.map(({ modelVersion }) => ({ modelVersion, role: 'shadow' as const })),
] : []);

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** @param metadata metadata.json, parsed; whatever else it is says nothing */
export const versionDescription = ({ modelVersion, role }: { readonly modelVersion: string; readonly role: Role }, metadata: unknown): VersionDescription => {
  const known = typeof metadata === 'object' && metadata !== null ? metadata as Readonly<Record<string, unknown>> : {};
  const metrics: unknown = known['metrics'];
  const texts = Object.entries({ createdAt: text(known['createdAt']), trainingSetHash: text(known['trainingSetHash']), checksum: text(known['checksum']) }).filter(([, value]) => value !== undefined);
  return {
    modelVersion, role, ...Object.fromEntries(texts),
    ...(typeof metrics === 'object' && metrics !== null ? { metrics: Object.fromEntries(Object.entries(metrics).filter((metric): metric is [string, number] => typeof metric[1] === 'number')) } : {}),
  };
};

/** @param entities by name */
export const modelDescription = (model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>, record: ServingRecord | undefined, versions: readonly VersionDescription[]): ModelDescription => ({
  ...modelSummary(model, record),
  entities: Object.fromEntries(Object.entries(model.entities).map(([slot, entity]) => [slot, { entity, key: entities[entity]?.key ?? {} }])),
  request: model.request,
  inputs: model.inputs.map(({ name, scalar }) => ({ name, type: scalar })),
  versions,
});
