import type { Manifest } from '../../core/manifest/manifest';

type Engines = Readonly<Record<string, Pick<Manifest['views'][string], 'engine'>>>;

/**
 * Where the state stood that a prediction read in a slot, for people.
 *
 * @param slotView `origin.airport_departures@v1`
 * @param watermarks `{"stream/shard": "sequence.sub-sequence"}`, as predictions log them
 */
export const watermarkText = (views: Engines, slotView: string, watermarks: unknown): string => {
  const marks = typeof watermarks === 'object' && watermarks !== null ? Object.entries(watermarks) : [];
  const subject = `from the features ${slotView}`;
  if (marks.length > 0) return `${subject}, folded up to ${marks.map(([shard, place]) => `${shard}/${String(place)}`).join(', ')}`;
  if (views[slotView.slice(slotView.indexOf('.') + 1)]?.engine === 'flink') return `${subject}, which Flink works out: its states have no watermarks`;
  return `${subject}, which no record of the stream had reached: what they held, if anything, was imported`;
};
