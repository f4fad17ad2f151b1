import type { EntityDefinition, Manifest, ViewDefinition } from './manifest';
import { versionedName } from './manifest';

/**
 * What is wrong with a view that mixes up its source: windows are over events, current values are of datasets, where a row
 * of the entity is found by the dataset's key.
 *
 * @returns problems in words that name the remedy; empty when there are none
 */
export const currentProblems = (view: ViewDefinition, entity: EntityDefinition, { datasets }: Pick<Manifest, 'datasets'>): readonly string[] => {
  const { from, features, by } = view;
  if (from.kind === 'event') return features.flatMap(({ kind, name }) => (kind === 'current' ? [`has the current feature ${name} over the event ${versionedName(from)}, which has no newest row; use last() over a window`] : []));
  const windows = features.flatMap(({ kind, name }) => (kind === 'window' ? [`has the window feature ${name} over the dataset ${versionedName(from)}; windows are over events: use current(), or make the view from an event`] : []));
  const dataset = datasets[versionedName(from)];
  if (!dataset) return windows;
  const columns = Object.keys(entity.key).map((key) => by[key]).map((node) => (node?.kind === 'column' ? node.name : '(a calculation)'));
  // Otherwise several rows would describe one entity, and none of them would be its newest.
  const isKey = columns.length === dataset.key.length && dataset.key.every((key) => columns.includes(key));
  return isKey ? windows : [...windows, `finds ${entity.name} by ${columns.join(', ')}, and a row of ${versionedName(from)} is told apart by ${dataset.key.join(', ')}: each row of a dataset describes one entity; map the entity's key to the dataset's key, column by column`];
};
