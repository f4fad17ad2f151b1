/** Text that grows as UTF-8 bytes. Millions of lines as strings would be kept as trees of their parts, which the garbage collector walks again and again. */
export interface TextBuilder {
  readonly append: (text: string) => void;
  /** The bytes so far; what is appended later may write over nothing of them. */
  readonly bytes: () => Buffer;
}

const initialBytes = 16 * 1024;

export const textBuilder = (): TextBuilder => {
  let buffer = Buffer.allocUnsafeSlow(initialBytes);
  let length = 0;
  const append = (text: string): void => {
    // A UTF-16 unit takes at most three bytes.
    const needed = length + text.length * 3;
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    length += buffer.write(text, length, 'utf8');
  };
  return { append, bytes: () => buffer.subarray(0, length) };
};
