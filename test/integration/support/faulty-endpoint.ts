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

/** Which requests fail: each share is of the requests that it concerns, 0 to 1. */
export interface FaultySettings {
  readonly refuse: { readonly concerns: (request: IncomingMessage) => boolean; readonly share: number; readonly status: number; readonly body: string };
  readonly loseAnswer: { readonly concerns: (request: IncomingMessage) => boolean; readonly share: number };
  readonly seed: number;
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
 */
export const startFaultyEndpoint = async (target: string, { refuse, loseAnswer, seed }: FaultySettings): Promise<FaultyEndpoint> => {
  const random = randomFrom(seed);
  const faults = { refused: 0, 'answer lost': 0 };
  let healthy = false;
  const { hostname, port } = new URL(target);

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse, losesAnswer: boolean): void => {
    const onward = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (answer) => {
      if (!losesAnswer) { outgoing.writeHead(answer.statusCode ?? 502, answer.headers); answer.pipe(outgoing); return; }
      faults['answer lost'] += 1;
      answer.resume().on('end', () => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };

  const server = createServer((incoming, outgoing) => {
    if (!healthy && refuse.concerns(incoming) && random() < refuse.share) {
      faults.refused += 1;
      incoming.resume().on('end', () => outgoing.writeHead(refuse.status, { 'content-type': 'text/plain' }).end(refuse.body));
    } else forward(incoming, outgoing, !healthy && loseAnswer.concerns(incoming) && random() < loseAnswer.share);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    heal: () => { healthy = true; },
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
};
