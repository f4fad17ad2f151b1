/** The local cloud cannot do what it was asked: the message says why, `remedy` what to do. */
export class LocalCloudError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'LocalCloudError';
    this.remedy = remedy;
  }
}
