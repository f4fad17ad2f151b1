/** Workers of the streaming job that validates events, where processing is `spark`: they are paid for by the second, day and night. */
export interface StreamingSettings {
  /** One of them drives the others, 2 to 100. */
  readonly workers: number;
  /** Glue's name for their size: `G.025X` is a quarter of a DPU (2 vCPU, 4 GB), which streaming jobs alone may have. */
  readonly workerType: 'G.025X' | 'G.1X' | 'G.2X' | 'G.4X' | 'G.8X';
  /** Records that are taken from the topic at once, 1000 to 10000000: so much is done again after a fault. */
  readonly recordsAtOnce: number;
}
