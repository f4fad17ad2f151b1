import type { Extract } from '../../../core/dataset/postgres';
import { readNdjson } from './ndjson';
import type { ReadSource } from './source';

/** What was taken out of a database: a file that names its parts, each of them NDJSON. */
export const readExtract: ReadSource = async function* readExtract(file, dataset, bring) {
  const extract = JSON.parse((await file.slice(0, file.size)).toString('utf8')) as Extract;
  let before = 0;
  for (const part of extract.parts) {
    const content = await bring(part.key);
    if (content?.checksum !== part.checksum) {
      yield { fault: `its part ${part.key} ${content === undefined ? 'is not in the landing bucket' : `has the checksum ${content.checksum}, not ${part.checksum}`}; run the dataset for another moment, which takes it out of the database again` };
      return;
    }
    for await (const piece of readNdjson(content, dataset, bring)) {
      if ('fault' in piece) {
        yield piece;
        return;
      }
      const first = before;
      yield { rows: piece.rows.map((row) => ({ ...row, index: first + row.index })) };
    }
    before += part.rows;
  }
};
