import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { fillFeatures } from '../../cli/features/fill';
import { wantedSchemas } from '../../core/contract/registration/wanted';
import { signedFetch } from '../../lib/runtime/signed-request';
import { given } from '../fixtures/flights';
import type { Apicurio } from '../registry/apicurio';
import { descriptorOf, startApicurio } from '../registry/apicurio';
import type { Evolving } from './support/evolving';
import { startEvolving } from './support/evolving';
import { streamedLines } from './support/lake';

const minutes = 60_000;
const forms = ['AVRO', 'JSON', 'PROTOBUF'] as const;

describe('an environment with a Confluent registry', () => {
  let apicurio: Apicurio;
  let evolving: Evolving;
  let frames: readonly Buffer[] = [];
  let broken: readonly (readonly [reason: string, bytes: Buffer])[] = [];

  beforeAll(async () => {
    apicurio = await startApicurio();
    process.env['HEADRACE_TEST_REGISTRY'] = JSON.stringify({ kind: 'confluent', url: apicurio.url, secret: 'headrace/registry' });
    evolving = await startEvolving({ directory: 'confluent', port: 4697 });
    const { events } = evolving.compile('first');
    const { region } = evolving.context().environment;
    await new SecretsManagerClient({ region }).send(new CreateSecretCommand({ Name: 'headrace/registry', SecretString: JSON.stringify({ username: 'headrace', password: 'of no account' }) }));
    await evolving.deploy();
    await fillFeatures(evolving.context());

    const landed = wantedSchemas(Object.values(events)).filter(({ name }) => name.startsWith('flight.landed.'));
    const schemas = Object.fromEntries(landed.map(({ format, versions }) => [format, given(versions[0]).definition]));
    const event = (id: string, origin: string, delayMinutes: number) => ({ specversion: '1.0', id, source: '/python', type: 'flight.landed', time: new Date().toISOString(), data: { origin, delayMinutes } });
    const [avro, json, protobuf] = forms.map((form) => given(apicurio.produce({
      url: apicurio.url, schemas: { [form]: given(schemas[form]) }, subjects: Object.fromEntries(landed.map(({ format, name }) => [format, name])), register: form === 'PROTOBUF', descriptor: descriptorOf(given(schemas['PROTOBUF'])), message: 'flight.landed',
      events: ['ORD', 'JFK'].map((origin, index) => event(`${form}-${origin}`, origin, 10 * (index + 1))),
    })[form]).map((text) => Buffer.from(text, 'base64')));
    frames = [avro, json, protobuf].flatMap(given);
    const changed = (of: readonly Buffer[] | undefined, at: number, to: number): Buffer => { const bytes = Buffer.from(given(given(of)[0])); bytes[at] = to; return bytes; };
    broken = [['unknown_schema', changed(avro, 1, 0x7f)], ['bad_frame', changed(avro, 0, 1)], ['registry_not_configured', Buffer.concat([Buffer.from([3, 0]), Buffer.alloc(20)])], ['not_protobuf', given(given(protobuf)[0]).subarray(0, -1)], ['bad_frame', Buffer.from([0, 0, 0])]];
    const kinesis = new KinesisClient({ region });
    await kinesis.send(new PutRecordsCommand({ StreamName: evolving.context().names.stream, Records: [...frames, ...broken.map(([, bytes]) => bytes)].map((Data, index) => ({ Data, PartitionKey: `k-${index}` })) }));
    kinesis.destroy();
    await evolving.cloud.drained({ endWindows: true });
  }, 8 * minutes);
  afterAll(async () => {
    await evolving.cloud.stop();
    await apicurio.stop();
  }, minutes);

  it('has what Confluent\'s client for Python wrote in raw, each event once, with the id of its schema', async () => {
    const raw = await streamedLines(evolving.context(), 'raw');
    expect(new Map(raw.map(({ event, lineage }) => [event?.id, lineage.schema_version_id]))).toEqual(new Map(forms.flatMap((form, index) => ['ORD', 'JFK'].map((origin, place) => [`${form}-${origin}`, String(given(frames[2 * index + place]).readUInt32BE(1))]))));
    expect(raw).toHaveLength(frames.length);
  });

  it('has what is broken in quarantine, whole, with the reason', async () => {
    const quarantine = await streamedLines(evolving.context(), 'quarantine');
    expect(new Map(quarantine.map(({ reason, original }) => [original, reason]))).toEqual(new Map(broken.map(([reason, bytes]) => [bytes.toString('base64'), reason])));
    expect(quarantine).toHaveLength(broken.length);
  });

  it('counts each event once in its windows', async () => {
    for (const [origin, delay] of [['ORD', 10], ['JFK', 20]] as const) {
      const { status, body } = await signedFetch(evolving.context(), '/v1/features/airport_landings/query', { entities: [origin] });
      expect(status).toBe(200);
      expect((body as { readonly results: readonly { readonly features: unknown }[] }).results[0]?.features).toEqual({ flights_24h: 3, mean_delay_24h: delay });
    }
  }, minutes);
});
