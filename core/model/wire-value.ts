import type { Scalar } from '../definition/node';
import { isoText } from '../event/time';
import type { Row, Value } from '../expression/evaluate';

/** A value as JSON has it: timestamps as text. */
export const wireValue = (scalar: Scalar, value: Value): Value => (scalar === 'timestamp' && typeof value === 'number' ? isoText(value) : value);

/** Values by name as JSON has them, `null` where one is absent. */
export const wireValues = (types: Readonly<Record<string, { readonly scalar: Scalar }>>, values: Row): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(types).map(([name, { scalar }]) => [name, wireValue(scalar, values[name] ?? null)]));
