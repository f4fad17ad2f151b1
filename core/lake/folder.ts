import type { EventDefinition } from '../manifest/manifest';

/** `<type>/v<n>`: the folder of a contract's events in the raw zone. */
export const rawFolder = ({ name, version }: Pick<EventDefinition, 'name' | 'version'>): string => `${name}/v${version}`;
