import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Kafka, Partitioners } from 'kafkajs';
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
const origins = ['ORD', 'JFK'] as const;
const clients = ['python', 'kafkajs'] as const;

describe('an environment with a Confluent registry, whose events come by a topic of Kafka', () => {
  let apicurio: Apicurio;
  let evolving: Evolving;
  /** What was sent well, by the event's id. */
  const frames = new Map<string, Buffer>();
  let broken: readonly (readonly [reason: string, bytes: Buffer])[] = [];

  beforeAll(async () => {
    apicurio = await startApicurio();
    process.env['HEADRACE_TEST_REGISTRY'] = JSON.stringify({ kind: 'confluent', url: apicurio.url, secret: 'headrace/registry' });
    evolving = await startEvolving({ directory: 'confluent', port: 4697, kafkaPort: 4699 });
    const { events } = evolving.compile('first');
    const { environment: { region }, names: { stream: topic } } = evolving.context();
    await new SecretsManagerClient({ region }).send(new CreateSecretCommand({ Name: 'headrace/registry', SecretString: JSON.stringify({ username: 'headrace', password: 'of no account' }) }));
    await evolving.deploy();
    await fillFeatures(evolving.context());

    const broker = given(evolving.cloud.bootstrapServers);
    const landed = wantedSchemas(Object.values(events)).filter(({ name }) => name.startsWith('flight.landed.'));
    const schemas = Object.fromEntries(landed.map(({ format, versions }) => [format, given(versions[0]).definition]));
    const written = (client: string, form: string, sent: object): readonly Buffer[] => {
      const texts = given(apicurio.produce({
        url: apicurio.url, schemas: { [form]: given(schemas[form]) }, subjects: Object.fromEntries(landed.map(({ format, name }) => [format, name])), register: form === 'PROTOBUF', descriptor: descriptorOf(given(schemas['PROTOBUF'])), message: 'flight.landed',
        events: origins.map((origin, index) => ({ specversion: '1.0', id: `${form}-${origin}`, source: `/${client}`, type: 'flight.landed', time: new Date().toISOString(), data: { origin, delayMinutes: 10 * (index + 1) } })), ...sent,
      })[form]).map((text) => Buffer.from(text, 'base64'));
      for (const [index, bytes] of texts.entries()) frames.set(`/${client} ${form}-${given(origins[index])}`, bytes);
      return texts;
    };
    for (const form of forms) written('python', form, { broker, topic, partition_by: 'origin' });
    // This client has no serializer of its own. It sends everything twice, as one does that was not answered.
    const [avro, json, protobuf] = forms.map((form) => written('kafkajs', form, {}));
    const changed = (of: readonly Buffer[] | undefined, at: number, to: number): Buffer => { const bytes = Buffer.from(given(given(of)[0])); bytes[at] = to; return bytes; };
    broken = [['unknown_schema', changed(avro, 1, 0x7f)], ['bad_frame', changed(avro, 0, 1)], ['registry_not_configured', Buffer.concat([Buffer.from([3, 0]), Buffer.alloc(20)])],
      ['not_avro', given(given(avro)[0]).subarray(0, -1)], ['not_json', given(given(json)[0]).subarray(0, -1)], ['not_protobuf', given(given(protobuf)[0]).subarray(0, -1)], ['bad_frame', Buffer.from([0, 0, 0])]];
    const producer = new Kafka({ clientId: 'other', brokers: [broker] }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const messages = [avro, json, protobuf].flatMap((each) => given(each).map((value, index) => ({ key: given(origins[index]), value })));
    await producer.send({ topic, messages: [...messages, ...broken.map(([, value], index) => ({ key: `k-${index}`, value })), ...messages] });
    await producer.disconnect();
    await evolving.cloud.drained({ endWindows: true });
  }, 8 * minutes);
  afterAll(async () => {
    await evolving?.cloud.stop();
    await apicurio?.stop();
  }, minutes);

  it('has what Confluent\'s client for Python and kafkajs sent in raw, with the id of its schema', async () => {
    const raw = await streamedLines(evolving.context(), 'raw');
    expect(new Map(raw.map(({ event, lineage }) => [`${event?.source} ${event?.id}`, lineage.schema_version_id]))).toEqual(new Map([...frames].map(([id, bytes]) => [id, String(bytes.readUInt32BE(1))])));
    expect(frames.size).toBe(clients.length * forms.length * origins.length);
    // Raw keeps a repetition as it came; whoever reads tells it by its identity.
    expect(raw).toHaveLength(frames.size + forms.length * origins.length);
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
      expect((body as { readonly results: readonly { readonly features: unknown }[] }).results[0]?.features).toEqual({ flights_24h: clients.length * forms.length, mean_delay_24h: delay });
    }
  }, minutes);
});
