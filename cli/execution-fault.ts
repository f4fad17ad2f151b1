/** What a failed execution says of itself: its cause is the state's last input, and the fault that a step threw is in it. */
export const executionFault = (cause: string | undefined): string | undefined => {
  try {
    const { failure, refusal } = JSON.parse(cause ?? '{}') as { failure?: { Cause?: string }; refusal?: string };
    if (refusal !== undefined) return refusal;
    const { errorMessage } = JSON.parse(failure?.Cause ?? '{}') as { errorMessage?: string };
    return errorMessage ?? failure?.Cause;
  } catch {
    return cause;
  }
};
