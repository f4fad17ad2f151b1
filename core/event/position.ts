/**
 * Where a record stood. For a stream: stream, shard, sequence number and, in an aggregated record, its place inside. For a
 * topic of Kafka: see {@link kafkaPosition}. For an import: file, `file`, row.
 */
export interface Position {
  readonly source: string;
  readonly shard: string;
  /** Decimal digits, at most 129 (Kinesis API reference, Record.SequenceNumber). */
  readonly sequence: string;
  readonly subSequence: number;
}

/** A partition of a topic, and the cluster that holds it. */
export interface KafkaPlace {
  /** Letters, digits, `.`, `_` and `-` (Kafka documentation, "Topics"). */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** What tells this cluster from any other: offsets begin anew in each. */
  readonly cluster: string;
}

/**
 * Position of a record of Kafka: `<topic>@<cluster>` as source, the partition's number as shard, the offset as sequence.
 *
 * The cluster belongs to it because offsets, unlike Kinesis' sequence numbers, begin at 0 when a topic is made: without it,
 * what arrives in a cluster that was made anew would stand at places that were folded already, and be dropped.
 */
export const kafkaPosition = ({ topic, partition, offset, cluster }: KafkaPlace): Position => ({ source: `${topic}@${cluster}`, shard: String(partition), sequence: String(offset), subSequence: 0 });

/** The topic of a position of Kafka. */
export const topicOf = ({ source }: Pick<Position, 'source'>): string => source.slice(0, source.lastIndexOf('@'));

/** A shard as it stands in names of objects: Kinesis' own name, or `<topic>-<partition>`, as Kafka writes it. */
export const shardName = ({ source, shard }: Pick<Position, 'source' | 'shard'>): string => (/^\d+$/u.test(shard) ? `${topicOf({ source })}-${shard}` : shard);

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
