/** When to give up, and how long to wait in between. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Epoch milliseconds after which nothing is tried again. */
  readonly deadline?: number;
  /** Longest wait before the first retry; it doubles with each, up to `longestMilliseconds`. */
  readonly baseMilliseconds: number;
  readonly longestMilliseconds: number;
}

/** Clock and chance, so that tests need neither. */
export interface RetryEffects {
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export const realEffects: RetryEffects = {
  now: Date.now,
  random: Math.random,
  sleep: (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); }),
};

/**
 * Waits before retry number `retry` (from 0): any time up to the limit, so that many callers do not come back together.
 * Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (full jitter).
 *
 * @returns false, without waiting, when the attempts are used up or the wait would end after the deadline
 */
export const waitBeforeRetry = async (retry: number, policy: RetryPolicy, effects: RetryEffects): Promise<boolean> => {
  if (retry + 1 >= policy.attempts) return false;
  const wait = effects.random() * Math.min(policy.longestMilliseconds, policy.baseMilliseconds * 2 ** retry);
  if (policy.deadline !== undefined && effects.now() + wait >= policy.deadline) return false;
  await effects.sleep(wait);
  return true;
};

/** Calls until it succeeds, or fails for a reason that a retry cannot mend, or gives up: then the last error is thrown. */
export const retrying = async <Result>(call: () => Promise<Result>, canMend: (error: unknown) => boolean, policy: RetryPolicy, effects: RetryEffects): Promise<Result> => {
  for (let retry = 0; ; retry += 1) {
    try {
      return await call();
    } catch (error) {
      if (!canMend(error) || !(await waitBeforeRetry(retry, policy, effects))) throw error;
    }
  }
};
