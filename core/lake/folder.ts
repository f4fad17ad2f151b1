import type { EventDefinition } from '../manifest/manifest';

/** `<type>/v<n>`: the folder of a contract's events in the raw zone. */
export const rawFolder = ({ name, version }: Pick<EventDefinition, 'name' | 'version'>): string => `${name}/v${version}`;

/** The folders of all events that can be read as events of a version. */
export const rawFoldersReadBy = ({ name, reads }: EventDefinition): readonly string[] => reads.map((version) => rawFolder({ name, version }));
