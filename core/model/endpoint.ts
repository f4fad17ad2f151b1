import { canonicalJson, sha256 } from '../manifest/hash';
import type { EndpointCapacity, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { ServingRecord } from './roles';

type Versioned = Pick<ModelDefinition, 'name' | 'version'>;

/** Names of SageMaker have 63 characters at most; those of a model and a configuration end with seven of their own. */
const longestName = 63 - 7;

/**
 * What the names of all endpoints of a model begin with. Its last eight characters are a hash of the whole, so that no
 * other model's, and no other environment's, begin alike.
 *
 * @param prefix the environment's
 */
export const endpointPrefix = (prefix: string, model: Versioned): string => {
  const end = `-v${model.version}-${sha256(`${prefix}/${versionedName(model)}`).slice(0, 8)}`;
  const start = `${prefix}-${model.name.replaceAll('_', '-')}`.slice(0, longestName - end.length - 8).replace(/-+$/u, '');
  return `${start}${end}`;
};

/**
 * The endpoint of a version of a model. Its kind is part of the name, as SageMaker does not let an endpoint with machines
 * become one without (developer guide, "Serverless endpoints").
 */
export const endpointName = (prefix: string, model: Versioned, modelVersion: string, kind: EndpointCapacity['kind']): string =>
  `${endpointPrefix(prefix, model)}${sha256(`${kind}/${modelVersion}`).slice(0, 8)}`;

/** Whether an endpoint's name is that of a version of the model. */
export const isEndpointOf = (prefix: string, model: Versioned, name: string): boolean =>
  name.startsWith(endpointPrefix(prefix, model)) && /^[0-9a-f]{8}$/u.test(name.slice(endpointPrefix(prefix, model).length));

/** Name of the model and the configuration behind an endpoint: another for whatever else they are made of. */
export const endpointContentName = (endpoint: string, content: unknown): string => `${endpoint}-${sha256(canonicalJson(content)).slice(0, 6)}`;

/**
 * Key of the archive that an endpoint is started from, in the models bucket: beside the version that it holds, one for
 * each release of the program that serves it.
 *
 * @param program what names the program's content
 */
export const endpointArchiveKey = (model: Versioned, modelVersion: string, program: string): string => `models/${model.name}/v${model.version}/${modelVersion}/endpoint/${sha256(program).slice(0, 12)}.tar.gz`;

/** What the program that serves is told of the file in its archive. */
export const endpointVariables = (model: Pick<ModelDefinition, 'predicts' | 'inputs'>, checksum: string): Readonly<Record<string, string>> => ({
  HEADRACE_MODEL_CHECKSUM: checksum,
  HEADRACE_MODEL_INPUTS: String(model.inputs.length),
  HEADRACE_MODEL_OUTPUT: model.predicts === 'probability' ? 'probability' : 'prediction',
});

/** Whether versions of a model are promoted to endpoints. */
export const hasEndpoint = ({ serving }: Pick<ModelDefinition, 'serving'>): boolean => serving?.endpoint !== undefined;

/** The endpoints that versions in roles are served by. */
export const endpointsInRoles = (record: ServingRecord | undefined): readonly string[] =>
  [record, record?.challenger, ...(record?.shadows ?? [])].flatMap((promotion) => promotion?.endpoint ?? []);

/** The names that a version's endpoint may have: a definition may have changed its kind. */
export const endpointNames = (prefix: string, model: Versioned, modelVersion: string): readonly string[] => (['serverless', 'real-time'] as const).map((kind) => endpointName(prefix, model, modelVersion, kind));

/**
 * Endpoints that somebody may still ask: those in roles, the one that a rollback goes to, and those of whatever had or got a
 * role since a moment, as the prediction API looks at the record from time to time. Machines of a version that went on to
 * an endpoint of another kind are asked no more after that.
 *
 * @param since epoch milliseconds
 */
export const endpointsInUse = (prefix: string, model: Versioned & Pick<ModelDefinition, 'serving'>, record: ServingRecord, since: number): ReadonlySet<string> => {
  const kind = model.serving?.endpoint?.kind;
  const ofLate = record.history.filter(({ at }) => Date.parse(at) >= since).flatMap(({ modelVersion, replaced }) => [modelVersion, ...(replaced === undefined ? [] : [replaced])]);
  return new Set([
    ...endpointsInRoles(record),
    ...(kind === undefined ? [] : record.before.slice(-1).map((version) => endpointName(prefix, model, version, kind))),
    ...ofLate.flatMap((version) => endpointNames(prefix, model, version)),
  ]);
};
