import type { EventDefinition } from '../manifest/manifest';

type Written = Pick<EventDefinition, 'fields'>;

/**
 * Whether events of one version can be read as events of another: every field of the reader is there with its type, or may
 * be absent. A whole number is read as a number; what the reader does not declare is passed over.
 * Source: the resolution of records in the Apache Avro specification 1.12, "Schema Resolution".
 */
export const canRead = (reader: Written, writer: Written): boolean => Object.entries(reader.fields).every(([name, { scalar, optional }]) => {
  const written = writer.fields[name];
  if (written === undefined) return optional;
  return (optional || !written.optional) && (written.scalar === scalar || (written.scalar === 'int' && scalar === 'float'));
});
