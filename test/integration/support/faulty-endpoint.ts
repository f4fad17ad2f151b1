import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What befalls a request: it is refused before the service sees it, or served and its answer lost. */
type Fault = 'refused' | 'answer lost';

export interface FaultyEndpoint {
  readonly url: string;
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<Fault, number>>;
  /** From now on every request goes through. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
}

/** A small linear congruential generator: the same seed gives the same faults. */
const randomFrom = (seed: number) => {
  let state = seed >>> 0;
  return (): number => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
};

/**
 * An HTTP endpoint in front of another that fails some requests, as a network or a service does.
 *
 * @param target where requests go, such as `http://127.0.0.1:4566`
 * @param concerns which requests may fail
 * @param share how many of those fail, 0 to 1; half are refused, half are served and their answer is lost
 */
export const startFaultyEndpoint = async (target: string, concerns: (request: IncomingMessage) => boolean, share: number, seed = 1): Promise<FaultyEndpoint> => {
  const random = randomFrom(seed);
  const faults = { refused: 0, 'answer lost': 0 };
  let healthy = false;
  const { hostname, port } = new URL(target);

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse, loseAnswer: boolean): void => {
    const onward = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (answer) => {
      if (!loseAnswer) { outgoing.writeHead(answer.statusCode ?? 502, answer.headers); answer.pipe(outgoing); return; }
      faults['answer lost'] += 1;
      answer.resume().on('end', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };

  const server = createServer((incoming, outgoing) => {
    const fails = !healthy && concerns(incoming) && random() < share;
    if (!fails) return forward(incoming, outgoing, false);
    if (random() < 0.5) return forward(incoming, outgoing, true);
    faults.refused += 1;
    incoming.resume().on('end', () => outgoing.writeHead(503, { 'content-type': 'text/plain' }).end('Slow Down'));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    heal: () => { healthy = true; },
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
};
