import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AccessDeniedException, AlreadyExistsException, CheckSchemaVersionValidityCommand, ConcurrentModificationException, CreateDatabaseCommand, CreateRegistryCommand, CreateSchemaCommand, CreateTableCommand,
  DeleteRegistryCommand, DeleteSchemaCommand, DeleteSchemaVersionsCommand, EntityNotFoundException, GetDatabaseCommand, GetRegistryCommand, GetSchemaByDefinitionCommand, GetSchemaCommand, GetSchemaVersionCommand,
  GetSchemaVersionsDiffCommand, GetTableCommand, GetTagsCommand, InvalidInputException, ListRegistriesCommand, ListSchemasCommand, ListSchemaVersionsCommand, PutSchemaVersionMetadataCommand,
  QuerySchemaVersionMetadataCommand, RegisterSchemaVersionCommand, RemoveSchemaVersionMetadataCommand, ResourceNumberLimitExceededException, ThrottlingException, UpdateRegistryCommand, UpdateSchemaCommand,
} from '@aws-sdk/client-glue';
import type { LocalCloud } from '../../local/cloud';
import { startLocalCloud } from '../../local/cloud';
import { isRunning } from '../../local/process';
import { avro, checkersOf, id, optionalCarrier, registryAt, registryName, requiredGate, sleep } from './schema-registry/registry';

const home = mkdtempSync(join(tmpdir(), 'headrace-registry-'));
const port = 4630;
const python = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'python');
const before = { ...process.env };

describe('the schema registry of the local cloud', () => {
  let cloud: LocalCloud;
  const { client, create, created, register, settled } = registryAt(`http://127.0.0.1:${port}`);
  const emulator = async (): Promise<number> => ((await (await fetch(`${cloud.endpoint}/_headrace/status`)).json()) as { readonly pid: number }).pid;
  beforeAll(async () => {
    process.env['HEADRACE_LOCAL_SCHEMA_REGISTRY_RATE'] = '0';
    cloud = await startLocalCloud({ home, port, fresh: true });
    await client.send(new CreateRegistryCommand({ RegistryName: registryName }));
  }, 60_000);
  afterAll(async () => {
    process.env = before;
    client.destroy();
    await cloud.stop();
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  it('makes, describes, lists and deletes registries', async () => {
    const RegistryId = { RegistryName: 'short-lived' };
    const { RegistryArn } = await client.send(new CreateRegistryCommand({ ...RegistryId, Description: 'one', Tags: { team: 'x' } }));
    expect(RegistryArn).toBe('arn:aws:glue:us-east-1:000000000000:registry/short-lived');
    await expect(client.send(new CreateRegistryCommand(RegistryId))).rejects.toBeInstanceOf(AlreadyExistsException);
    expect((await client.send(new GetTagsCommand({ ResourceArn: RegistryArn }))).Tags).toEqual({ team: 'x' });
    await client.send(new UpdateRegistryCommand({ RegistryId: { RegistryArn }, Description: 'two' }));
    expect(await client.send(new GetRegistryCommand({ RegistryId }))).toMatchObject({ Description: 'two', Status: 'AVAILABLE', RegistryArn });
    const first = await client.send(new ListRegistriesCommand({ MaxResults: 1 }));
    const second = await client.send(new ListRegistriesCommand({ MaxResults: 1, NextToken: first.NextToken }));
    expect([first, second].map(({ Registries }) => Registries?.map(({ RegistryName }) => RegistryName))).toEqual([['contracts'], ['short-lived']]);
    expect(second.NextToken).toBeUndefined();
    expect(await client.send(new DeleteRegistryCommand({ RegistryId }))).toMatchObject({ Status: 'DELETING' });
    await expect(client.send(new CreateSchemaCommand({ RegistryId, SchemaName: 's', DataFormat: 'AVRO', Compatibility: 'NONE', SchemaDefinition: avro() }))).rejects.toBeInstanceOf(ConcurrentModificationException);
    await sleep(400);
    await expect(client.send(new GetRegistryCommand({ RegistryId }))).rejects.toBeInstanceOf(EntityNotFoundException);
  });

  it('makes the default registry when it is first needed', async () => {
    await expect(client.send(new GetRegistryCommand({ RegistryId: { RegistryName: 'default-registry' } }))).rejects.toBeInstanceOf(EntityNotFoundException);
    const { RegistryName } = await client.send(new CreateSchemaCommand({ SchemaName: 'anywhere', DataFormat: 'JSON', Compatibility: 'NONE', SchemaDefinition: '{"type": "object"}' }));
    expect(RegistryName).toBe('default-registry');
    expect(await client.send(new GetSchemaCommand({ SchemaId: { SchemaName: 'anywhere' } }))).toMatchObject({ RegistryName: 'default-registry', DataFormat: 'JSON' });
  });

  it('makes a version pending at first, and available when it is compatible', async () => {
    const { SchemaVersionId, SchemaVersionStatus, SchemaArn } = await create('landed');
    expect([SchemaVersionStatus, await settled(SchemaVersionId)]).toEqual(['PENDING', 'AVAILABLE']);
    expect(SchemaArn).toBe('arn:aws:glue:us-east-1:000000000000:schema/contracts/landed');
    expect(await register('landed', avro(optionalCarrier))).toBe('AVAILABLE');
    expect(await register('landed', avro(optionalCarrier, requiredGate))).toBe('FAILURE');
    expect(await client.send(new GetSchemaCommand({ SchemaId: { SchemaArn } }))).toMatchObject({ LatestSchemaVersion: 2, NextSchemaVersion: 4, Compatibility: 'BACKWARD', SchemaCheckpoint: 1 });
    const { Schemas } = await client.send(new ListSchemaVersionsCommand({ SchemaId: id('landed') }));
    expect(Schemas?.map(({ VersionNumber, Status }) => [VersionNumber, Status])).toEqual([[1, 'AVAILABLE'], [2, 'AVAILABLE'], [3, 'FAILURE']]);
    expect(await client.send(new GetSchemaVersionCommand({ SchemaId: id('landed'), SchemaVersionNumber: { LatestVersion: true } }))).toMatchObject({ VersionNumber: 2, SchemaDefinition: avro(optionalCarrier) });
    expect(await client.send(new GetSchemaVersionCommand({ SchemaId: id('landed'), SchemaVersionNumber: { VersionNumber: 3 } }))).toMatchObject({ Status: 'FAILURE', DataFormat: 'AVRO', SchemaArn });
  });

  it('knows a definition again, whatever its white space, and lets one that failed be tried again', async () => {
    const SchemaVersionId = await created('known');
    const again = await client.send(new RegisterSchemaVersionCommand({ SchemaId: id('known'), SchemaDefinition: JSON.stringify(JSON.parse(avro()), null, 2) }));
    expect(again).toMatchObject({ SchemaVersionId, VersionNumber: 1, Status: 'AVAILABLE' });
    expect(await client.send(new GetSchemaByDefinitionCommand({ SchemaId: id('known'), SchemaDefinition: avro() }))).toMatchObject({ SchemaVersionId, DataFormat: 'AVRO', Status: 'AVAILABLE' });
    await expect(client.send(new GetSchemaByDefinitionCommand({ SchemaId: id('known'), SchemaDefinition: avro(requiredGate) }))).rejects.toBeInstanceOf(EntityNotFoundException);
    expect(await register('known', avro(requiredGate))).toBe('FAILURE');
    expect(await client.send(new GetSchemaByDefinitionCommand({ SchemaId: id('known'), SchemaDefinition: avro(requiredGate) }))).toMatchObject({ Status: 'FAILURE' });
    await client.send(new UpdateSchemaCommand({ SchemaId: id('known'), Compatibility: 'NONE', SchemaVersionNumber: { VersionNumber: 1 } }));
    expect(await register('known', avro(requiredGate))).toBe('AVAILABLE');
    expect(await client.send(new GetSchemaCommand({ SchemaId: id('known') }))).toMatchObject({ LatestSchemaVersion: 3 });
  });

  it.each([
    ['BACKWARD', 'an optional field', avro(optionalCarrier), 'AVAILABLE'], ['BACKWARD', 'a required field', avro(requiredGate), 'FAILURE'],
    ['FORWARD', 'a required field', avro(requiredGate), 'AVAILABLE'], ['FORWARD', 'no field', avro().replace(/\[.*\]/u, '[]'), 'FAILURE'],
    ['FORWARD_ALL', 'a required field', avro(requiredGate), 'AVAILABLE'], ['FULL', 'an optional field', avro(optionalCarrier), 'AVAILABLE'], ['FULL', 'a required field', avro(requiredGate), 'FAILURE'],
    ['NONE', 'another type', '"string"', 'AVAILABLE'],
  ] as const)('under %s a version with %s is judged', async (compatibility, _, definition, status) => {
    const name = `${compatibility}-${status}`;
    await created(name, { compatibility });
    expect(await register(name, definition)).toBe(status);
  });

  it('takes no second version under DISABLED', async () => {
    await created('disabled', { compatibility: 'DISABLED' });
    await expect(register('disabled', avro(optionalCarrier))).rejects.toBeInstanceOf(InvalidInputException);
  });

  it.each(['BACKWARD_ALL', 'FULL_ALL'] as const)('under %s compares with all versions from the checkpoint on', async (compatibility) => {
    const name = `all-${compatibility}`;
    const changed = avro({ name: 'gate', type: ['null', 'int'], default: null });
    await created(name, { definition: avro({ name: 'gate', type: ['null', 'string'], default: null }), compatibility: 'NONE' });
    expect(await register(name, avro())).toBe('AVAILABLE');
    await client.send(new UpdateSchemaCommand({ SchemaId: id(name), Compatibility: compatibility, SchemaVersionNumber: { VersionNumber: 1 } }));
    expect(await register(name, changed)).toBe('FAILURE');
    await client.send(new UpdateSchemaCommand({ SchemaId: id(name), SchemaVersionNumber: { LatestVersion: true } }));
    expect(await client.send(new GetSchemaCommand({ SchemaId: id(name) }))).toMatchObject({ SchemaCheckpoint: 2, Compatibility: compatibility });
    expect(await register(name, changed)).toBe('AVAILABLE');
  });

  it('wants a checkpoint with a new compatibility, and only one that is available', async () => {
    await created('checked');
    await register('checked', avro(requiredGate));
    await expect(client.send(new UpdateSchemaCommand({ SchemaId: id('checked'), Compatibility: 'FULL' }))).rejects.toBeInstanceOf(InvalidInputException);
    await expect(client.send(new UpdateSchemaCommand({ SchemaId: id('checked'), SchemaVersionNumber: { VersionNumber: 2 } }))).rejects.toBeInstanceOf(InvalidInputException);
    await expect(client.send(new UpdateSchemaCommand({ SchemaId: id('checked'), SchemaVersionNumber: { VersionNumber: 9 } }))).rejects.toBeInstanceOf(EntityNotFoundException);
  });

  it('checks PROTOBUF as it does the other formats', async () => {
    const message = (fields: string): string => `syntax = "proto3"; message Landed { ${fields} }`;
    await created('protobuf', { format: 'PROTOBUF', definition: message('string origin = 1;') });
    expect(await register('protobuf', message('string origin = 1; int64 delay = 2;'))).toBe('AVAILABLE');
    expect(await register('protobuf', message('int64 origin = 1; int64 delay = 2;'))).toBe('FAILURE');
    await expect(create('no-protobuf', { format: 'PROTOBUF', definition: 'message' })).rejects.toBeInstanceOf(InvalidInputException);
    const check = (SchemaDefinition: string) => client.send(new CheckSchemaVersionValidityCommand({ DataFormat: 'PROTOBUF', SchemaDefinition }));
    expect([await check(message('')), await check('message')]).toMatchObject([{ Valid: true }, { Valid: false }]);
  });

  it('keeps up to ten metadata of a version', async () => {
    const SchemaVersionId = await created('described');
    const pair = (MetadataKey: string, MetadataValue: string) => ({ SchemaVersionId, MetadataKeyValue: { MetadataKey, MetadataValue } });
    const put = (key: string, value: string) => client.send(new PutSchemaVersionMetadataCommand(pair(key, value)));
    expect(await put('contract', 'flight.landed@v1')).toMatchObject({ SchemaName: 'described', RegistryName: registryName, VersionNumber: 1, LatestVersion: true, MetadataKey: 'contract', MetadataValue: 'flight.landed@v1' });
    await put('contract', 'flight.landed@v2');
    await expect(put('contract', 'flight.landed@v2')).rejects.toBeInstanceOf(AlreadyExistsException);
    const { MetadataInfoMap } = await client.send(new QuerySchemaVersionMetadataCommand({ SchemaVersionId }));
    expect(MetadataInfoMap).toMatchObject({ contract: { MetadataValue: 'flight.landed@v1', OtherMetadataValueList: [{ MetadataValue: 'flight.landed@v2' }] } });
    for (let index = 2; index < 10; index += 1) await put(`key-${index}`, 'x');
    await expect(put('one-more', 'x')).rejects.toBeInstanceOf(ResourceNumberLimitExceededException);
    await expect(put('with spaces', 'x y')).rejects.toBeInstanceOf(InvalidInputException);
    const pages: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new QuerySchemaVersionMetadataCommand({ SchemaVersionId, MetadataList: [{ MetadataValue: 'x' }], MaxResults: 3, NextToken }));
      pages.push(...Object.keys(page.MetadataInfoMap ?? {}));
      ({ NextToken } = page);
    } while (NextToken);
    expect(pages).toEqual([2, 3, 4, 5, 6, 7, 8, 9].map((index) => `key-${index}`));
    await client.send(new RemoveSchemaVersionMetadataCommand(pair('key-2', 'x')));
    await expect(client.send(new RemoveSchemaVersionMetadataCommand(pair('key-2', 'x')))).rejects.toBeInstanceOf(EntityNotFoundException);
  });

  it('lists by pages', async () => {
    for (let index = 0; index < 5; index += 1) await create(`page-${index}`, { compatibility: 'NONE' });
    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListSchemasCommand({ RegistryId: { RegistryName: registryName }, MaxResults: 2, NextToken }));
      names.push(...(page.Schemas ?? []).map(({ SchemaName }) => SchemaName));
      ({ NextToken } = page);
    } while (NextToken);
    expect(names.filter((name) => name?.startsWith('page-'))).toHaveLength(5);
    expect(new Set(names).size).toBe(names.length);
    await expect(client.send(new ListSchemasCommand({ NextToken: 'of another list' }))).rejects.toBeInstanceOf(InvalidInputException);
  });

  it('says what is not there, what is there already and what is no request', async () => {
    await expect(client.send(new GetSchemaCommand({ SchemaId: id('nowhere') }))).rejects.toBeInstanceOf(EntityNotFoundException);
    await expect(client.send(new GetSchemaVersionCommand({ SchemaVersionId: '00000000-0000-0000-0000-000000000000' }))).rejects.toBeInstanceOf(EntityNotFoundException);
    const SchemaVersionId = await created('there', { compatibility: 'NONE' });
    await expect(create('there')).rejects.toBeInstanceOf(AlreadyExistsException);
    for (const request of [
      create('not a name'), create('n'.repeat(256)), create(''),
      client.send(new CreateSchemaCommand({ SchemaName: 's', DataFormat: 'AVRO', SchemaDefinition: avro() })),
      client.send(new GetSchemaVersionCommand({})),
      client.send(new GetSchemaVersionCommand({ SchemaId: id('there') })),
      client.send(new GetSchemaVersionCommand({ SchemaId: id('there'), SchemaVersionNumber: { LatestVersion: true, VersionNumber: 1 } })),
      client.send(new GetSchemaVersionCommand({ SchemaVersionId, SchemaId: id('there') })),
      client.send(new GetSchemaVersionCommand({ SchemaVersionId: 'there' })),
      client.send(new ListSchemasCommand({ MaxResults: 101 })),
      client.send(new CreateRegistryCommand({ RegistryName: 'r', Description: 'x'.repeat(2049) })),
    ]) await expect(request).rejects.toBeInstanceOf(InvalidInputException);
  });

  it('refuses at once a definition that is no schema, and one that is too large', async () => {
    const large = (doc: number): string => JSON.stringify({ type: 'record', name: 'r', fields: [], doc: 'x'.repeat(doc) });
    const most = 170_000 - large(0).length;
    for (const definition of ['{', '{"type": "recrod"}', large(most + 1), ' ']) await expect(create('broken', { definition })).rejects.toBeInstanceOf(InvalidInputException);
    expect(await settled((await create('large', { definition: large(most) })).SchemaVersionId)).toBe('AVAILABLE');
    const check = (SchemaDefinition: string) => client.send(new CheckSchemaVersionValidityCommand({ DataFormat: 'AVRO', SchemaDefinition }));
    expect(await check('{"type": "recrod"}')).toMatchObject({ Valid: false, Error: expect.stringContaining('recrod') as string });
    expect(await check(avro())).toMatchObject({ Valid: true });
  });

  it('changes one thing of a schema at a time', async () => {
    const { SchemaVersionId } = await create('busy');
    const registering = () => client.send(new RegisterSchemaVersionCommand({ SchemaId: id('busy'), SchemaDefinition: avro(optionalCarrier) }));
    await expect(registering()).rejects.toBeInstanceOf(ConcurrentModificationException);
    await expect(client.send(new DeleteSchemaCommand({ SchemaId: id('busy') }))).rejects.toBeInstanceOf(ConcurrentModificationException);
    await expect(client.send(new UpdateSchemaCommand({ SchemaId: id('busy'), SchemaVersionNumber: { VersionNumber: 1 } }))).rejects.toBeInstanceOf(ConcurrentModificationException);
    await settled(SchemaVersionId);
    expect(await client.send(new DeleteSchemaCommand({ SchemaId: id('busy') }))).toMatchObject({ Status: 'DELETING' });
    await expect(registering()).rejects.toBeInstanceOf(ConcurrentModificationException);
    await expect(create('busy')).rejects.toBeInstanceOf(ConcurrentModificationException);
    await sleep(400);
    await expect(registering()).rejects.toBeInstanceOf(EntityNotFoundException);
    expect(await created('busy')).not.toBe(SchemaVersionId);
  });

  it('registers a definition once when it is registered ten times at once', async () => {
    await created('raced');
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.send(new RegisterSchemaVersionCommand({ SchemaId: id('raced'), SchemaDefinition: avro(optionalCarrier) }))));
    expect(new Set(answers.map(({ SchemaVersionId, VersionNumber }) => `${SchemaVersionId} ${VersionNumber}`)).size).toBe(1);
  });

  it('shows and deletes versions, but not the first and not the checkpoint', async () => {
    await created('old', { compatibility: 'NONE' });
    for (const doc of ['a', 'b', 'c']) await register('old', avro({ ...optionalCarrier, doc }));
    const { Diff } = await client.send(new GetSchemaVersionsDiffCommand({ SchemaId: id('old'), FirstSchemaVersionNumber: { VersionNumber: 1 }, SecondSchemaVersionNumber: { LatestVersion: true }, SchemaDiffType: 'SYNTAX_DIFF' }));
    expect(Diff).toMatch(/\+ .*carrier/u);
    const remove = (Versions: string) => client.send(new DeleteSchemaVersionsCommand({ SchemaId: id('old'), Versions }));
    await client.send(new UpdateSchemaCommand({ SchemaId: id('old'), SchemaVersionNumber: { VersionNumber: 2 } }));
    await expect(remove('1')).rejects.toBeInstanceOf(InvalidInputException);
    await expect(remove('2-3')).rejects.toBeInstanceOf(ConcurrentModificationException);
    const { SchemaVersionErrors } = await remove('3-5');
    expect(SchemaVersionErrors?.map(({ VersionNumber, ErrorDetails }) => [VersionNumber, ErrorDetails?.ErrorCode])).toEqual([[5, 'EntityNotFoundException']]);
    expect((await client.send(new ListSchemaVersionsCommand({ SchemaId: id('old') }))).Schemas?.map(({ Status }) => Status)).toEqual(['AVAILABLE', 'AVAILABLE', 'DELETING', 'DELETING']);
    await sleep(400);
    expect(await client.send(new GetSchemaCommand({ SchemaId: id('old') }))).toMatchObject({ LatestSchemaVersion: 2, NextSchemaVersion: 5 });
  });

  it('has at most a hundred registries', async () => {
    const made = (RegistryName: string) => client.send(new CreateRegistryCommand({ RegistryName }));
    const { Registries = [] } = await client.send(new ListRegistriesCommand({ MaxResults: 100 }));
    for (let index = Registries.length; index < 100; index += 1) await made(`many-${index}`);
    await expect(made('too-many')).rejects.toBeInstanceOf(ResourceNumberLimitExceededException);
  });

  it('leaves the rest of Glue as it is', async () => {
    await client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }));
    await client.send(new CreateTableCommand({ DatabaseName: 'lake', TableInput: { Name: 'raw', StorageDescriptor: { Columns: [{ Name: 'origin', Type: 'string' }] } } }));
    expect((await client.send(new GetDatabaseCommand({ Name: 'lake' }))).Database?.Name).toBe('lake');
    expect((await client.send(new GetTableCommand({ DatabaseName: 'lake', Name: 'raw' }))).Table?.StorageDescriptor?.Columns).toMatchObject([{ Name: 'origin' }]);
  });

  it('works with boto3 unchanged', () => {
    const { stdout, stderr } = spawnSync(python, [join(__dirname, 'schema-registry', 'unchanged.py'), cloud.endpoint], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      created: ['PENDING', 'AVAILABLE', { team: 'x' }], failed: 'FAILURE', available: 3, latest: 3, 'by definition': true, metadata: 'boto@v2', pages: [1, 2, 3],
      errors: ['EntityNotFoundException', 'AlreadyExistsException', 'InvalidInputException'],
    });
  });

  it('starts its checker again when that has died', async () => {
    await created('outlived');
    const [checker = 0, ...others] = checkersOf(await emulator());
    expect(others).toEqual([]);
    process.kill(checker, 'SIGKILL');
    expect(await register('outlived', avro(optionalCarrier))).toBe('AVAILABLE');
    expect(checkersOf(await emulator())).toHaveLength(1);
  });

  it('keeps everything when the cloud is killed and started again, its checker gone with it, and goes on with what was pending', async () => {
    const SchemaVersionId = await created('kept');
    await client.send(new PutSchemaVersionMetadataCommand({ SchemaVersionId, MetadataKeyValue: { MetadataKey: 'contract', MetadataValue: 'kept@v1' } }));
    await register('kept', avro(requiredGate));
    const [checker = 0] = checkersOf(await emulator());
    const pending = await create('pending');
    await cloud.save();
    await cloud.kill();
    await sleep(1_000);
    expect(isRunning(checker)).toBe(false);
    cloud = await startLocalCloud({ home, port });
    expect(await client.send(new GetSchemaVersionCommand({ SchemaVersionId }))).toMatchObject({ Status: 'AVAILABLE', VersionNumber: 1, SchemaDefinition: avro() });
    expect((await client.send(new ListSchemaVersionsCommand({ SchemaId: id('kept') }))).Schemas?.map(({ Status }) => Status)).toEqual(['AVAILABLE', 'FAILURE']);
    expect((await client.send(new QuerySchemaVersionMetadataCommand({ SchemaVersionId }))).MetadataInfoMap).toMatchObject({ contract: { MetadataValue: 'kept@v1' } });
    expect(await settled(pending.SchemaVersionId)).toBe('AVAILABLE');
  }, 60_000);

  it('denies and throttles when it is told to', async () => {
    await cloud.stop();
    Object.assign(process.env, { HEADRACE_LOCAL_SCHEMA_REGISTRY_DENIED: 'DeleteSchema, UpdateSchema', HEADRACE_LOCAL_SCHEMA_REGISTRY_RATE: '2' });
    cloud = await startLocalCloud({ home, port });
    const looking = () => client.send(new GetSchemaCommand({ SchemaId: id('kept') }));
    await expect(client.send(new DeleteSchemaCommand({ SchemaId: id('kept') }))).rejects.toBeInstanceOf(AccessDeniedException);
    const refused = (await Promise.allSettled(Array.from({ length: 20 }, looking))).flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refused.length).toBeGreaterThanOrEqual(8);
    for (const error of refused) expect(error).toBeInstanceOf(ThrottlingException);
    await client.send(new GetDatabaseCommand({ Name: 'lake' }));
    await sleep(1_000);
    await looking();
  }, 60_000);
});
