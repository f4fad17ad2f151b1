import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AlreadyExistsException, CheckSchemaVersionValidityCommand, CreateRegistryCommand, CreateSchemaCommand, DeleteSchemaVersionsCommand, EntityNotFoundException, GetSchemaByDefinitionCommand, GetSchemaCommand,
  GetSchemaVersionCommand, GetSchemaVersionsDiffCommand, GlueClient, InvalidInputException, ListSchemaVersionsCommand, ListSchemasCommand, PutSchemaVersionMetadataCommand, QuerySchemaVersionMetadataCommand,
  RegisterSchemaVersionCommand, ResourceNumberLimitExceededException, UpdateSchemaCommand, CreateDatabaseCommand, GetDatabaseCommand, ConcurrentModificationException,
} from '@aws-sdk/client-glue';
import type { LocalCloud } from '../../local/cloud';
import { startLocalCloud } from '../../local/cloud';

const home = mkdtempSync(join(tmpdir(), 'headrace-registry-'));
const port = 4659;
const python = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'python');

const avro = (...fields: readonly object[]): string => JSON.stringify({ type: 'record', name: 'landed', namespace: 'flight', fields: [{ name: 'origin', type: 'string' }, ...fields] });
const optionalCarrier = { name: 'carrier', type: ['null', 'string'], default: null };
const requiredGate = { name: 'gate', type: 'string' };

describe('the schema registry of the local cloud', () => {
  let cloud: LocalCloud;
  let client: GlueClient;
  beforeAll(async () => {
    cloud = await startLocalCloud({ home, port, fresh: true });
    client = new GlueClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 });
    await client.send(new CreateRegistryCommand({ RegistryName: 'contracts' }));
  }, 60_000);
  afterAll(async () => {
    client.destroy();
    await cloud.stop();
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  const id = (SchemaName: string) => ({ RegistryName: 'contracts', SchemaName });
  const create = (name: string, definition = avro(), Compatibility: 'BACKWARD' | 'BACKWARD_ALL' | 'NONE' = 'BACKWARD') =>
    client.send(new CreateSchemaCommand({ RegistryId: { RegistryName: 'contracts' }, SchemaName: name, DataFormat: 'AVRO', Compatibility, SchemaDefinition: definition }));
  const settled = async (SchemaVersionId: string | undefined): Promise<string | undefined> => {
    for (;;) {
      const { Status } = await client.send(new GetSchemaVersionCommand({ SchemaVersionId }));
      if (Status !== 'PENDING') return Status;
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  };
  const register = async (name: string, definition: string): Promise<string | undefined> =>
    settled((await client.send(new RegisterSchemaVersionCommand({ SchemaId: id(name), SchemaDefinition: definition }))).SchemaVersionId);

  it('makes a version pending at first, and available when it is compatible', async () => {
    const { SchemaVersionId, SchemaVersionStatus, SchemaArn } = await create('landed');
    expect([SchemaVersionStatus, await settled(SchemaVersionId)]).toEqual(['PENDING', 'AVAILABLE']);
    expect(SchemaArn).toBe('arn:aws:glue:us-east-1:000000000000:schema/contracts/landed');
    expect(await register('landed', avro(optionalCarrier))).toBe('AVAILABLE');
    expect(await register('landed', avro(optionalCarrier, requiredGate))).toBe('FAILURE');
    expect(await client.send(new GetSchemaCommand({ SchemaId: id('landed') }))).toMatchObject({ LatestSchemaVersion: 2, NextSchemaVersion: 4, Compatibility: 'BACKWARD', SchemaCheckpoint: 1 });
    const { Schemas } = await client.send(new ListSchemaVersionsCommand({ SchemaId: id('landed') }));
    expect(Schemas?.map(({ VersionNumber, Status }) => [VersionNumber, Status])).toEqual([[1, 'AVAILABLE'], [2, 'AVAILABLE'], [3, 'FAILURE']]);
  });

  it('knows a definition again, whatever its white space', async () => {
    const { SchemaVersionId } = await create('known');
    await settled(SchemaVersionId);
    const again = await client.send(new RegisterSchemaVersionCommand({ SchemaId: id('known'), SchemaDefinition: JSON.stringify(JSON.parse(avro()), null, 2) }));
    expect(again).toMatchObject({ SchemaVersionId, VersionNumber: 1, Status: 'AVAILABLE' });
    expect(await client.send(new GetSchemaByDefinitionCommand({ SchemaId: id('known'), SchemaDefinition: avro() }))).toMatchObject({ SchemaVersionId, DataFormat: 'AVRO' });
  });

  it('compares with all versions from the checkpoint on, where the mode asks for all', async () => {
    await settled((await create('all', avro(requiredGate), 'NONE')).SchemaVersionId);
    expect(await register('all', avro())).toBe('AVAILABLE');
    await client.send(new UpdateSchemaCommand({ SchemaId: id('all'), Compatibility: 'BACKWARD_ALL' }));
    const changed = avro({ name: 'gate', type: ['null', 'int'], default: null });
    expect(await register('all', changed)).toBe('FAILURE');
    await client.send(new UpdateSchemaCommand({ SchemaId: id('all'), SchemaVersionNumber: { VersionNumber: 2 } }));
    expect(await register('all', changed)).toBe('AVAILABLE');
  });

  it('keeps up to ten metadata of a version', async () => {
    const { SchemaVersionId } = await create('described');
    const put = (MetadataKey: string, MetadataValue: string) => client.send(new PutSchemaVersionMetadataCommand({ SchemaVersionId, MetadataKeyValue: { MetadataKey, MetadataValue } }));
    await put('contract', 'flight.landed@v1');
    await put('contract', 'flight.landed@v2');
    await expect(put('contract', 'flight.landed@v2')).rejects.toBeInstanceOf(AlreadyExistsException);
    const { MetadataInfoMap } = await client.send(new QuerySchemaVersionMetadataCommand({ SchemaVersionId }));
    expect(MetadataInfoMap).toMatchObject({ contract: { MetadataValue: 'flight.landed@v1', OtherMetadataValueList: [{ MetadataValue: 'flight.landed@v2' }] } });
    for (let index = 2; index < 10; index += 1) await put(`key-${index}`, 'x');
    await expect(put('one-more', 'x')).rejects.toBeInstanceOf(ResourceNumberLimitExceededException);
    await expect(put('with spaces', 'x y')).rejects.toBeInstanceOf(InvalidInputException);
  });

  it('lists by pages', async () => {
    for (let index = 0; index < 5; index += 1) await create(`page-${index}`, avro(), 'NONE');
    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListSchemasCommand({ RegistryId: { RegistryName: 'contracts' }, MaxResults: 2, NextToken }));
      names.push(...(page.Schemas ?? []).map(({ SchemaName }) => SchemaName));
      ({ NextToken } = page);
    } while (NextToken);
    expect(names.filter((name) => name?.startsWith('page-'))).toHaveLength(5);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says what is not there, what is there already, what is no schema and what is too large', async () => {
    await expect(client.send(new GetSchemaCommand({ SchemaId: id('nowhere') }))).rejects.toBeInstanceOf(EntityNotFoundException);
    await expect(client.send(new GetSchemaVersionCommand({ SchemaVersionId: '00000000-0000-0000-0000-000000000000' }))).rejects.toBeInstanceOf(EntityNotFoundException);
    await create('there', avro(), 'NONE');
    await expect(create('there')).rejects.toBeInstanceOf(AlreadyExistsException);
    await expect(create('not json', '{')).rejects.toBeInstanceOf(InvalidInputException);
    await expect(create('broken', '{')).rejects.toBeInstanceOf(InvalidInputException);
    await expect(create('large', JSON.stringify({ type: 'record', name: 'r', fields: [], doc: 'x'.repeat(170_000) }))).rejects.toBeInstanceOf(InvalidInputException);
    expect(await client.send(new CheckSchemaVersionValidityCommand({ DataFormat: 'AVRO', SchemaDefinition: '{"type": "recrod"}' }))).toMatchObject({ Valid: false });
    expect(await client.send(new CheckSchemaVersionValidityCommand({ DataFormat: 'AVRO', SchemaDefinition: avro() }))).toMatchObject({ Valid: true });
  });

  it('lets nobody register while a version is pending', async () => {
    await create('busy');
    await expect(client.send(new RegisterSchemaVersionCommand({ SchemaId: id('busy'), SchemaDefinition: avro(optionalCarrier) }))).rejects.toBeInstanceOf(ConcurrentModificationException);
  });

  it('shows and deletes versions', async () => {
    await settled((await create('old')).SchemaVersionId);
    await register('old', avro(optionalCarrier));
    const { Diff } = await client.send(new GetSchemaVersionsDiffCommand({ SchemaId: id('old'), FirstSchemaVersionNumber: { VersionNumber: 1 }, SecondSchemaVersionNumber: { LatestVersion: true }, SchemaDiffType: 'SYNTAX_DIFF' }));
    expect(Diff).toMatch(/\+ .*carrier/u);
    const { SchemaVersionErrors } = await client.send(new DeleteSchemaVersionsCommand({ SchemaId: id('old'), Versions: '2-3' }));
    expect(SchemaVersionErrors?.map(({ VersionNumber }) => VersionNumber)).toEqual([3]);
  });

  it('leaves the rest of Glue as it is', async () => {
    await client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }));
    expect((await client.send(new GetDatabaseCommand({ Name: 'lake' }))).Database?.Name).toBe('lake');
  });

  it('works with boto3 unchanged', () => {
    const program = `
import boto3, time
glue = boto3.client('glue', endpoint_url='http://127.0.0.1:${port}', region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
made = glue.create_schema(RegistryId={'RegistryName': 'contracts'}, SchemaName='boto', DataFormat='JSON', Compatibility='FULL', SchemaDefinition='{"type": "object"}')
time.sleep(1)
version = glue.get_schema_version(SchemaVersionId=made['SchemaVersionId'])
try:
    glue.get_schema(SchemaId={'SchemaName': 'nothing', 'RegistryName': 'contracts'})
except glue.exceptions.EntityNotFoundException as error:
    print(version['Status'], version['VersionNumber'], error.response['Error']['Code'])
`;
    const { stdout, stderr } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'AVAILABLE 1 EntityNotFoundException', stderr: '' });
  });

  it('keeps everything when the cloud is killed and started again', async () => {
    const { SchemaVersionId } = await create('kept');
    await settled(SchemaVersionId);
    await cloud.save();
    await cloud.kill();
    cloud = await startLocalCloud({ home, port });
    expect(await client.send(new GetSchemaVersionCommand({ SchemaVersionId }))).toMatchObject({ Status: 'AVAILABLE', VersionNumber: 1, SchemaDefinition: avro() });
  }, 60_000);
});
