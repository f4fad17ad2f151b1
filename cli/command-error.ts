/** An error that a person can mend: its message says what is wrong, `next` what to type. Exit code 1, or 2 for wrong use. */
export class CommandError extends Error {
  readonly next: string | undefined;
  readonly exitCode: 1 | 2;
  constructor(message: string, options: { readonly next?: string; readonly exitCode?: 1 | 2; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'CommandError';
    this.next = options.next;
    this.exitCode = options.exitCode ?? 1;
  }
}
