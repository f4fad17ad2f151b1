/** Where a record stood. For a stream: stream, shard, sequence number and, in an aggregated record, its place inside. For an import: file, `file`, row. */
export interface Position {
  readonly source: string;
  readonly shard: string;
  /** Decimal digits, at most 129 (Kinesis API reference, Record.SequenceNumber). */
  readonly sequence: string;
  readonly subSequence: number;
}

const sequenceDigits = 129;
const subSequenceDigits = 6;

/** Fixed-width text of the place within a shard: text order is record order. */
export const placeText = (position: Pick<Position, 'sequence' | 'subSequence'>): string =>
  `${position.sequence.padStart(sequenceDigits, '0')}.${String(position.subSequence).padStart(subSequenceDigits, '0')}`;

/** Compares sequences, which are decimal digits, as numbers. Leading zeros are taken for nothing. */
export const compareSequences = (left: string, right: string): number => {
  const [one, other] = left.startsWith('0') || right.startsWith('0') ? [left.replace(/^0+(?=\d)/u, ''), right.replace(/^0+(?=\d)/u, '')] : [left, right];
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
};

/** Compares places of one shard, without making their texts. */
export const comparePlaces = (left: Pick<Position, 'sequence' | 'subSequence'>, right: Pick<Position, 'sequence' | 'subSequence'>): number =>
  compareSequences(left.sequence, right.sequence) || left.subSequence - right.subSequence;

/** Fixed-width text of a position: `source/shard/place`. Text order is record order within a shard. */
export const positionText = (position: Position): string => `${position.source}/${position.shard}/${placeText(position)}`;

/**
 * The position of which this is the text.
 *
 * @throws RangeError for a text that {@link positionText} does not make
 */
export const positionOf = (text: string): Position => {
  const [, source, shard, sequence, subSequence] = /^(.*)\/([^/]+)\/(\d{129})\.(\d{6})$/su.exec(text) ?? [];
  if (source === undefined || shard === undefined || sequence === undefined) throw new RangeError(`'${text}' is no text of a position; it is source/shard/sequence.sub-sequence, the sequence in ${sequenceDigits} digits.`);
  return { source, shard, sequence: sequence.replace(/^0+(?=\d)/u, ''), subSequence: Number(subSequence) };
};
