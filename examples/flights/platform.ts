import { CommandError } from '../../cli/command-error';
import type { Context } from '../../cli/context';
import { eventSinkOf } from '../../lib/runtime/event-sink';
import { signedFetch } from '../../lib/runtime/signed-request';
import { landedEvent, predictionInstance } from './flight';
import type { PlaybackEffects } from './playback';

/** The API takes as many instances in one request. */
const mostInstances = 100;

/** Answers that say: try again in a moment (too many requests; a gateway or the state was not there in time). */
const passing: readonly number[] = [429, 502, 503, 504];
const attempts = 6;

interface PredictionReply { readonly predictions: readonly { readonly prediction: number }[] }

/** Asks the API; what passes by itself is waited for, with growing pauses. */
const ask = async (context: Context, body: { readonly at: string; readonly instances: readonly unknown[] }): Promise<PredictionReply> => {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await signedFetch(context, '/v1/models/late_arrival/predictions', body);
    if (reply.status === 200) return reply.body as PredictionReply;
    if (reply.status === 409) throw new CommandError(`Events of a later time than ${body.at} have reached the features, so that what they were then cannot be told any more: ${JSON.stringify(reply.body)}`, { next: 'npm start -- --fresh (forgets what was played, and begins at the first of June again)' });
    if (!passing.includes(reply.status) || attempt === attempts) throw new Error(`The API answered ${reply.status} for departures at ${body.at}: ${JSON.stringify(reply.body)}`);
    await new Promise((resolve) => { setTimeout(resolve, 100 * 2 ** attempt * (0.5 + Math.random() / 2)); });
  }
};

/** A playback's way into the platform, as any producer and any client has it: the stream or the topic, and signed HTTP. */
export const platformOf = (context: Context): Pick<PlaybackEffects, 'put' | 'predict'> => {
  const sink = eventSinkOf(context);
  return {
    put: (landed) => sink(landed.map((flight) => ({ data: Buffer.from(JSON.stringify(landedEvent(flight))), partitionKey: flight.origin }))),
    predict: async (at, flights) => {
      const probabilities: number[] = [];
      for (let from = 0; from < flights.length; from += mostInstances) {
        const instances = flights.slice(from, from + mostInstances).map(predictionInstance);
        const { predictions } = await ask(context, { at: new Date(at).toISOString(), instances });
        probabilities.push(...predictions.map(({ prediction }) => prediction));
      }
      return probabilities;
    },
  };
};
