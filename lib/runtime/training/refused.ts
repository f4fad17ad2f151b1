/** Why there is no training set: what was asked for cannot be made of what is there. A retry does not mend it. */
export class TrainingRefused extends Error {
  /** The command to type next. */
  readonly next: string | undefined;
  /** Whether the question was wrong, and not what is in the lake. */
  readonly isWrongUse: boolean;
  constructor(message: string, { next, isWrongUse = false }: { readonly next?: string; readonly isWrongUse?: boolean } = {}) {
    super(message);
    this.name = 'TrainingRefused';
    this.next = next;
    this.isWrongUse = isWrongUse;
  }
}
