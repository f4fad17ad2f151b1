import { watermarkText } from '../../../cli/lineage/watermark-text';

const views = { 'departures@v1': {}, 'late@v1': { engine: 'flink' } } as const;

describe('where the state that a prediction read stood', () => {
  it('is the last record of each shard, as positions are written', () => {
    expect(watermarkText(views, 'origin.departures@v1', { 'events/shardId-000000000000': '49590338271490256608559692538361571095921575989136588898.0', 'events/shardId-000000000001': '7.12' }))
      .toBe('from the features origin.departures@v1, folded up to events/shardId-000000000000/49590338271490256608559692538361571095921575989136588898.0, events/shardId-000000000001/7.12');
  });

  it('is said where no record of the stream had come: nothing, or what was imported, has no place there', () => {
    expect(watermarkText(views, 'origin.departures@v1', {})).toBe('from the features origin.departures@v1, which no record of the stream had reached: what they held, if anything, was imported');
  });

  it('is not known of what Flink works out', () => {
    expect(watermarkText(views, 'origin.late@v1', {})).toBe('from the features origin.late@v1, which Flink works out: its states have no watermarks');
  });
});
