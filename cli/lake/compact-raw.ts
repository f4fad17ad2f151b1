import { mayHold, type LakeRange } from '../sql/lake-tables';

/** An object of raw, as storage lists it. */
export interface RawObject { readonly key: string; readonly bytes: number }

/** One message of the queue of new raw, as the compactor is given it. */
interface Message { readonly messageId: string; readonly body: string }

/** Invokes the compactor; gives its answer, or what failed. */
export type InvokeCompactor = (event: { readonly Records: readonly Message[] }) => Promise<{ readonly functionError?: string | undefined; readonly answer: unknown }>;

/** Of one invocation, compressed: a fraction of what one may take in its ten minutes. */
const bytesAtOnce = 64 * 1024 * 1024;
const objectsAtOnce = 5000;
/** Times that an object is tried; what fails so often stays out. */
const attempts = 3;

/** Objects of events in a range, portion by portion: of one event type and near in time, as their keys are in order. */
export const portionsOf = (objects: readonly RawObject[], range: Pick<LakeRange, 'from' | 'to'>): readonly (readonly RawObject[])[] => {
  const portions: RawObject[][] = [];
  let bytes = 0;
  for (const object of [...objects].filter(({ key }) => mayHold(key, range)).sort((one, other) => (one.key < other.key ? -1 : 1))) {
    const portion = portions.at(-1);
    if (portion === undefined || bytes + object.bytes > bytesAtOnce || portion.length === objectsAtOnce) {
      portions.push([object]);
      bytes = object.bytes;
    } else {
      portion.push(object);
      bytes += object.bytes;
    }
  }
  return portions;
};

const failuresIn = (answer: unknown): readonly string[] => {
  if (typeof answer !== 'object' || answer === null || !('batchItemFailures' in answer) || !Array.isArray(answer.batchItemFailures)) throw new Error(`The compactor answered ${JSON.stringify(answer)}; allowed is {"batchItemFailures": […]}. Deploy the release that this command is of.`);
  return answer.batchItemFailures.map((each: unknown) => (typeof each === 'object' && each !== null && 'itemIdentifier' in each ? String(each.itemIdentifier) : ''));
};

/**
 * Has the compactor take objects of raw into the curated tables. Harmless for what is there already.
 *
 * @param onProgress takes the share that is done
 * @returns keys of the objects that could not be taken in
 */
export const compactRaw = async (portions: readonly (readonly RawObject[])[], invoke: InvokeCompactor, onProgress: (share: number) => void): Promise<readonly string[]> => {
  const left: string[] = [];
  for (const [index, portion] of portions.entries()) {
    let open = portion;
    for (let attempt = 1; attempt <= attempts && open.length > 0; attempt += 1) {
      const { functionError, answer } = await invoke({ Records: open.map(({ key, bytes }) => ({ messageId: key, body: JSON.stringify({ key, size: bytes }) })) });
      const failed = new Set(functionError === undefined ? failuresIn(answer) : open.map(({ key }) => key));
      open = open.filter(({ key }) => failed.has(key));
    }
    left.push(...open.map(({ key }) => key));
    onProgress((index + 1) / portions.length);
  }
  return left;
};
