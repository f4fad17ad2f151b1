import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of a function's workers in a local cloud, by the environment that each was started with. */
export const functionProcesses = (functionName: string, endpoint: string): readonly number[] => readdirSync('/proc').filter((name) => /^\d+$/u.test(name)).flatMap((pid) => {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return variables.includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`) && variables.some((variable) => variable.startsWith('AWS_ENDPOINT_URL=') && variable.endsWith(`:${new URL(endpoint).port}`)) ? [Number(pid)] : [];
  } catch {
    // It ended meanwhile, or is not ours.
    return [];
  }
});
