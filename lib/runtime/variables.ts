/**
 * Reads environment variables that must be there. Called once, when a Lambda is loaded, so that one that was deployed
 * without a variable fails at its first start and says which.
 *
 * @throws Error that names every variable that is missing
 */
export const readVariables = <Name extends string>(...names: readonly Name[]): Readonly<Record<Name, string>> => {
  const missing = names.filter((name) => (process.env[name] ?? '') === '');
  if (missing.length > 0)
    throw new Error(`environment ${missing.length === 1 ? 'variable' : 'variables'} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set; the stack that makes this function sets ${missing.length === 1 ? 'it' : 'them'}: deploy it again.`);
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ''])) as Record<Name, string>;
};
