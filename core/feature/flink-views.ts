import type { Manifest, ViewDefinition } from '../manifest/manifest';

/** Whether Flink owns a view: what its hops come to is worked out there, and nothing else may add to them. */
export const isFlinkView = ({ engine }: ViewDefinition): boolean => engine === 'flink';

/** The views that Flink owns. */
export const flinkViews = ({ views }: Pick<Manifest, 'views'>): readonly ViewDefinition[] => Object.values(views).filter(isFlinkView);

/**
 * The one generation of such a view: a partial takes the place of what stood there, so that what raw gives can be put into the
 * very items that Flink writes, and none need be made beside them.
 */
export const flinkGeneration = 1;
