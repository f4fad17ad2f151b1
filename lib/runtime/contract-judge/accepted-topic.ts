import type { OutgoingRecord } from '../event-producer';
import type { ClosableProducer } from '../kafka/put';
import { putOnTopic } from '../kafka/put';
import type { RetryEffects } from '../retry';
import { realEffects, retrying } from '../retry';

/**
 * Brokers have a connection prove anew every some minutes who it is, which it does by the keys that came with the last question. When
 * none has come for so long it is closed, before its keys are too old; the next question opens another.
 */
const idleMilliseconds = 300_000;

/** Brokers that are replaced one after the other need some seconds each; a run that has ended needs a minute. */
const limits = { attempts: 5, baseMilliseconds: 500, longestMilliseconds: 8000 };

/**
 * Puts accepted events on their topic from within the brokers' network, by a client that is kept from one batch to the next.
 *
 * @param connect makes the client; it connects when it is first used
 * @returns puts records in their order, and fails when the cluster does not take them; some may be there then
 */
export const acceptedTopic = (topic: string, connect: () => ClosableProducer, effects: RetryEffects = realEffects): ((records: readonly OutgoingRecord[]) => Promise<void>) => {
  let producer: ClosableProducer | undefined;
  let idle: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    const closing = producer;
    producer = undefined;
    // What was put is there already: that a connection does not end well is of no interest.
    await closing?.close().catch(() => undefined);
  };
  return async (records) => {
    clearTimeout(idle);
    const messages = records.map(({ partitionKey, data }) => ({ key: partitionKey, value: data }));
    await retrying(async () => {
      try {
        producer ??= connect();
        await putOnTopic(producer, topic, messages);
      } catch (error) {
        await close();
        throw error;
      }
    }, () => true, limits, effects);
    idle = setTimeout(() => { void close(); }, idleMilliseconds).unref();
  };
};
