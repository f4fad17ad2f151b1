/** A word, a number, a text in quotes or a sign, and the line it stands in. */
export interface Token { readonly kind: 'word' | 'number' | 'text' | 'sign'; readonly value: string; readonly line: number }

const blank = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)+/uy;
const token = /([A-Za-z_][A-Za-z0-9_]*)|(0[xX][0-9a-fA-F]+|\d[\dA-Za-z_.+]*(?:(?<=[eE])-\d+)?)|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|([{}[\]()<>=;,.:/+-])/uy;

/** Most tokens of a file. */
const mostTokens = 100_000;

/** The tokens of a text in the language of Protocol Buffers, without comments; a text that has others is told by its line. */
export const tokensOf = (text: string): readonly Token[] | { readonly line: number } => {
  const tokens: Token[] = [];
  let [position, line] = [0, 1];
  while (position < text.length) {
    blank.lastIndex = position;
    const space = blank.exec(text)?.[0];
    if (space !== undefined) {
      position += space.length;
      line += space.split('\n').length - 1;
      continue;
    }
    token.lastIndex = position;
    const found = token.exec(text);
    if (found === null || tokens.length >= mostTokens) return { line };
    const [whole, word, number, double, single] = found;
    tokens.push({ kind: word !== undefined ? 'word' : number !== undefined ? 'number' : double !== undefined || single !== undefined ? 'text' : 'sign', value: word ?? number ?? double ?? single ?? whole, line });
    position += whole.length;
  }
  return tokens;
};
