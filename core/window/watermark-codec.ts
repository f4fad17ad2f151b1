import type { EpochMillis } from '../event/time';
import type { ByteReader, ByteWriter } from './bytes';
import type { Watermark } from './state';

/*
 * Number of sources, then a source: its name · number of its shards, then a shard:
 *   0 and its name, or 1 + n for Kinesis' own name `shardId-` and n in twelve digits
 *   sequence · sub-sequence · how long before the item's newest arrival (zigzag)
 * A Kinesis shard takes about 35 bytes: written as text it would take 200, and an item of a hundred shards 20 KB.
 */

const kinesisShard = /^shardId-(\d{12})$/u;

const writeShard = (writer: ByteWriter, shard: string): void => {
  const number = kinesisShard.exec(shard)?.[1];
  if (number !== undefined) return writer.unsigned(Number(number) + 1);
  writer.unsigned(0);
  writer.text(shard);
};

const readShard = (reader: ByteReader): string => {
  const number = reader.unsigned();
  return number === 0 ? reader.text() : `shardId-${String(number - 1).padStart(12, '0')}`;
};

/**
 * Packs the watermarks of an item.
 *
 * @param watermarks ascending by source and shard
 * @param arrival newest arrival that was folded into the item
 */
export const writeWatermarks = (writer: ByteWriter, watermarks: readonly Watermark[], arrival: EpochMillis): void => {
  const sources = Map.groupBy(watermarks, ({ source }) => source);
  writer.unsigned(sources.size);
  for (const [source, shards] of sources) {
    writer.text(source);
    writer.unsigned(shards.length);
    for (const watermark of shards) {
      writeShard(writer, watermark.shard);
      writer.unsigned(BigInt(watermark.sequence));
      writer.unsigned(watermark.subSequence);
      writer.signed(arrival - watermark.arrival);
    }
  }
};

const readWatermark = (reader: ByteReader, source: string, arrival: EpochMillis): Watermark =>
  ({ source, shard: readShard(reader), sequence: String(reader.unsignedWhole()), subSequence: reader.unsigned(), arrival: arrival - Number(reader.signed()) });

/** Unpacks what {@link writeWatermarks} packed. */
export const readWatermarks = (reader: ByteReader, arrival: EpochMillis): readonly Watermark[] => {
  const watermarks: Watermark[] = [];
  for (let sources = reader.unsigned(); sources > 0; sources -= 1) {
    const source = reader.text();
    for (let shards = reader.unsigned(); shards > 0; shards -= 1) watermarks.push(readWatermark(reader, source, arrival));
  }
  return watermarks;
};
