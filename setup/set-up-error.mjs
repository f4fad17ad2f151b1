/** A failure of the set-up that a person can mend: what went wrong, and what to do about it. */
export class SetUpError extends Error {
  /** @param {string} message @param {string} remedy */
  constructor(message, remedy) {
    super(`${message}\nnext: ${remedy}`);
    this.name = 'SetUpError';
  }
}
