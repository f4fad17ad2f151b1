/** One thing that is needed, and whether it is there. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly found: string;
  /** What to do; null when all is well. */
  readonly remedy: string | null;
}

export const well = (check: string, found: string): Finding => ({ check, ok: true, found, remedy: null });
export const wrong = (check: string, found: string, remedy: string): Finding => ({ check, ok: false, found, remedy });
