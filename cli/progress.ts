/** Shows how far a command is, on stderr: data on stdout stays clean. */
export interface ProgressBar {
  /** @param share what is done, 0 to 1 */
  readonly update: (share: number, note?: string) => void;
  /** Ends the bar; a second time does nothing. */
  readonly stop: () => void;
}

const width = 24;
const redrawEvery = 100;
/** Milliseconds between lines where nothing can be redrawn. */
const lineEvery = 10_000;

/**
 * A bar on a terminal, and a line now and then elsewhere.
 *
 * @param name what is being done, such as `importing`
 */
export const progressBar = (name: string, screen: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr): ProgressBar => {
  const begun = Date.now();
  let [last, drawn] = [begun, false];
  return {
    update: (share, note = '') => {
      if (Date.now() - last < (screen.isTTY ? redrawEvery : lineEvery)) return;
      last = Date.now();
      const full = Math.round(Math.min(1, Math.max(0, share)) * width);
      const text = `${name} ${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.floor(share * 100)}% ${Math.round((last - begun) / 1000)} s ${note}`.trimEnd();
      screen.write(screen.isTTY ? `\r\u001B[2K${text}` : `${text}\n`);
      drawn = screen.isTTY;
    },
    stop: () => {
      if (drawn) screen.write('\r\u001B[2K');
      drawn = false;
    },
  };
};
