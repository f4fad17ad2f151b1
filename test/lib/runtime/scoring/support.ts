import { copyFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { isoText } from '../../../../core/event/time';
import { sha256 } from '../../../../core/manifest/hash';
import type { Manifest, ModelDefinition } from '../../../../core/manifest/manifest';
import { metadataKey, modelFileKey } from '../../../../core/model/artefact';
import { openOnnx } from '../../../../lib/runtime/model/onnx-session';
import type { ScoringPlace } from '../../../../lib/runtime/scoring/place';
import { tinyModel } from '../../../fixtures/tiny-model';

/** An S3 that holds some objects, for whoever only lists and reads. */
export const objectServer = async (objects: ReadonlyMap<string, Buffer>): Promise<Server> => {
  const server = createServer(({ url = '' }, answer) => {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    if (searchParams.has('list-type')) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(searchParams.get('prefix') ?? ''));
      answer.end(`<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')}</ListBucketResult>`);
      return;
    }
    const found = objects.get(decodeURIComponent(pathname.split('/').slice(2).join('/')));
    answer.statusCode = found ? 200 : 404;
    answer.end(found);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return server;
};

/** A line of raw. */
export const rawLine = (id: string, moment: number, data: Readonly<Record<string, unknown>>): string => {
  const time = isoText(moment);
  return JSON.stringify({ event: { id, source: 's', data }, lineage: { position: id.padStart(6, '0'), arrival: time, effective_time: time, known_at: time } });
};

/** An object of raw with lines of one day. */
export const rawObject = (type: string, moment: number, lines: readonly string[]): readonly [string, Buffer] =>
  [`raw/${type}/v1/dt=${isoText(moment).slice(0, 10)}/hr=00/${sha256(lines.join()).slice(0, 8)}.ndjson.gz`, gzipSync(lines.map((line) => `${line}\n`).join(''))];

/** Where a request is worked on, in memory but for raw; each call of the features zone may be the last. */
export interface TestPlace extends ScoringPlace { readonly kept: Map<string, Buffer>; crashIn: number }

/** Thrown where the process is killed. */
export class Killed extends Error {}

export const testPlace = (manifest: Manifest, model: ModelDefinition, directory: string, rows: string, weights: readonly number[]): TestPlace => {
  const kept = new Map<string, Buffer>();
  const content = Buffer.from(tinyModel(weights, 0.5));
  const metadata = { modelVersion: 'w', model: model.name, version: model.version, inputsHash: model.inputsHash, inputs: model.inputs.map(({ name }) => name), checksum: sha256(content) };
  const models = new Map<string, Uint8Array>([[modelFileKey(model, 'w'), content], [metadataKey(model, 'w'), Buffer.from(JSON.stringify(metadata))], [`models/${model.name}/v1/champion.json`, Buffer.from(JSON.stringify({ modelVersion: 'w', promotedAt: '' }))]]);
  const step = (): void => {
    place.crashIn -= 1;
    if (place.crashIn === 0) throw new Killed();
  };
  const place: TestPlace = {
    manifest, directory, region: 'us-east-1', rawBucket: 'raw', environment: 'test', featuresBucket: 'features', committed: () => Promise.resolve([]), kept, crashIn: Number.POSITIVE_INFINITY,
    features: {
      get: (key) => { step(); return Promise.resolve(kept.get(key)); },
      // Killed before the write, or after it.
      writeOnce: (key, body) => {
        step();
        const present = kept.has(key);
        if (!present) kept.set(key, Buffer.from(body));
        step();
        return Promise.resolve(present ? 'present' : 'written');
      },
      list: async function* list(prefix) { step(); for (const key of [...kept.keys()].filter((each) => each.startsWith(prefix))) yield await Promise.resolve({ key, bytes: 1, modified: 0 }); },
    },
    landing: { tag: () => Promise.resolve('tag'), bring: (_key, tag, file) => { copyFileSync(rows, file); return Promise.resolve(tag === 'tag'); } },
    models: { files: { read: (key) => Promise.resolve(models.get(key)) }, open: openOnnx },
  };
  return place;
};
