import { metricLine } from '../../../lib/runtime/metrics';
import { readVariables } from '../../../lib/runtime/variables';

describe('metrics', () => {
  it('are a line in the embedded metric format', () => {
    expect(JSON.parse(metricLine('production', { Accepted: 3, IngestLag: 1200 }, 1_772_000_000_000, { eventType: 'order.placed' }))).toEqual({
      _aws: { Timestamp: 1_772_000_000_000, CloudWatchMetrics: [{ Namespace: 'Headrace', Dimensions: [['environment', 'eventType']], Metrics: [{ Name: 'Accepted', Unit: 'Count' }, { Name: 'IngestLag', Unit: 'Milliseconds' }] }] },
      environment: 'production', eventType: 'order.placed', Accepted: 3, IngestLag: 1200,
    });
  });

  it('have the environment alone as dimension unless something else is said', () => {
    expect(metricLine('production', { Accepted: 3 }, 0)).toContain('"Dimensions":[["environment"]]');
  });
});

describe('environment variables', () => {
  const name = 'HEADRACE_TEST_VARIABLE';
  afterEach(() => { delete process.env[name]; });

  it('are read by name', () => {
    process.env[name] = 'x';
    expect(readVariables(name)).toEqual({ [name]: 'x' });
  });

  it('are all named when they are missing or empty', () => {
    process.env[name] = '';
    expect(() => readVariables(name, 'HEADRACE_TEST_OTHER')).toThrow(`environment variables ${name}, HEADRACE_TEST_OTHER are not set`);
  });
});
