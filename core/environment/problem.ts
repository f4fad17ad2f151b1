/** One setting that is not allowed: which, what it was, what it may be. */
export interface SettingProblem { readonly field: string; readonly found: unknown; readonly allowed: string }

/** Nothing when the text matches. */
export const pattern = (field: string, found: unknown, allowed: RegExp, words: string): SettingProblem[] =>
  typeof found === 'string' && allowed.test(found) ? [] : [{ field, found, allowed: words }];

/** Nothing when the number is whole and within the bounds, both included. */
export const between = (field: string, found: unknown, low: number, high: number, unit: string): SettingProblem[] =>
  typeof found === 'number' && Number.isInteger(found) && found >= low && found <= high ? [] : [{ field, found, allowed: `a whole number of ${unit}, ${low} to ${high}` }];

/** Nothing when the value is one of those. */
export const oneOf = (field: string, found: unknown, allowed: readonly (string | number | boolean)[]): SettingProblem[] =>
  allowed.some((value) => value === found) ? [] : [{ field, found, allowed: `one of ${allowed.join(', ')}` }];
