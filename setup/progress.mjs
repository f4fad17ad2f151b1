const barWidth = 16;
const terminalInterval = 200;
const logInterval = 10_000;

/** @typedef {{ readonly name: string, readonly count: () => { readonly done: number, readonly total: number } }} Part */

/** @param {Part} part */
const barOf = ({ name, count }) => {
  const { done, total } = count();
  const share = total === 0 ? 0 : Math.min(done, total) / total;
  const filled = Math.round(share * barWidth);
  return `${name} ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${String(Math.floor(share * 100)).padStart(3)} %`;
};

/** One line for all parts. @param {readonly Part[]} parts @public */
export const progressLine = (parts) => parts.map(barOf).join('   ');

/**
 * Shows how far the parts are until it is told to end: in place on a terminal, as a line now and then in a log.
 *
 * @param {readonly Part[]} parts
 * @param {{ readonly isTTY?: boolean, readonly columns?: number, write(text: string): unknown }} [stream]
 * @returns {() => void} ends it
 */
export const showProgress = (parts, stream = process.stderr) => {
  const show = () => {
    const line = progressLine(parts);
    stream.write(stream.isTTY ? `\r${line.slice(0, (stream.columns ?? 80) - 1)}\u001B[K` : `${line}\n`);
  };
  const timer = setInterval(show, stream.isTTY ? terminalInterval : logInterval);
  return () => {
    clearInterval(timer);
    if (stream.isTTY) stream.write('\r\u001B[K');
  };
};
