import type { Command } from 'commander';
import type { FieldNode, FieldNodes } from '../../core/definition/node';
import type { Manifest, ModelDefinition } from '../../core/manifest/manifest';
import { isProblem } from '../../core/model/problem';
import { findModel } from '../../core/model/request';
import type { ApiReply } from '../../lib/runtime/signed-request';
import { ApiNotDeployed, signedFetch, tokenFetch } from '../../lib/runtime/signed-request';
import { accessTokenFor, tokenFileOption } from '../access-token';
import { CommandError } from '../command-error';
import { contextOf } from '../context';

interface Options { readonly entity: readonly string[]; readonly request: readonly string[]; readonly at?: string; readonly allowNewerState?: boolean; readonly tokenFile?: string; readonly json?: boolean }
type Values = Readonly<Record<string, unknown>>;

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
const wrongUse = (message: string, next?: string): CommandError => new CommandError(message, { exitCode: 2, ...(next ? { next } : {}) });

/** `name=value`, split at the first `=`. */
const assignment = (option: string, text: string): readonly [string, string] => {
  const at = text.indexOf('=');
  if (at < 1) throw wrongUse(`${option} takes name=value, but '${text}' was given.`);
  return [text.slice(0, at), text.slice(at + 1)];
};

/** What a word of the command line stands for, by the field's type; a word that stands for nothing goes as text, and the API says what is wrong with it. */
const valueOf = (field: FieldNode | undefined, text: string): unknown => {
  if ((field?.scalar === 'int' || field?.scalar === 'float') && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (field?.scalar === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
};

/** `origin=ORD` for a key of one field, `origin.iata=ORD` for any. */
const entitiesFrom = (words: readonly string[], model: ModelDefinition, manifest: Manifest): Values => {
  const slots: Record<string, Record<string, unknown>> = {};
  for (const word of words) {
    const [name, text] = assignment('--entity', word);
    const [slot = '', given] = name.split('.', 2);
    const key: FieldNodes = manifest.entities[model.entities[slot] ?? '']?.key ?? {};
    const names = Object.keys(key);
    const field = given ?? (names.length === 1 ? names[0] : undefined);
    if (!(slot in model.entities)) throw wrongUse(`${model.name} has no entity '${slot}'; it has ${Object.keys(model.entities).join(', ')}.`);
    if (field === undefined) throw wrongUse(`The key of ${slot} has the fields ${names.join(', ')}; name one: --entity ${slot}.${names[0]}=…`);
    slots[slot] = { ...slots[slot], [field]: valueOf(key[field], text) };
  }
  return slots;
};

const requestFrom = (words: readonly string[], model: ModelDefinition): Values =>
  Object.fromEntries(words.map((word) => {
    const [name, text] = assignment('--request', word);
    return [name, valueOf(model.request[name], text)];
  }));

const example = (model: ModelDefinition): string => [`npx headrace predict ${model.name}`,
  ...Object.keys(model.entities).map((slot) => `--entity ${slot}=…`), ...Object.keys(model.request).map((field) => `--request ${field}=…`)].join(' ');

interface Prediction { readonly prediction: number; readonly modelVersion: string; readonly role: string; readonly moment: string; readonly missing: readonly string[]; readonly views: Readonly<Record<string, { readonly status: string; readonly newestEventTime: string | null }>> }
interface Answer { readonly model: string; readonly version: number; readonly predictions: readonly Prediction[] }

const lines = (answer: Answer): readonly string[] => answer.predictions.flatMap((each) => [
  `${answer.model}@v${answer.version}: ${each.prediction}`,
  `  moment         ${each.moment}`,
  `  model version  ${each.modelVersion} (${each.role})`,
  ...Object.entries(each.views).map(([name, { status, newestEventTime }]) => `  ${name}: ${status}${newestEventTime === null ? '' : `, newest event ${newestEventTime}`}`),
  ...(each.missing.length > 0 ? [`  absent inputs: ${each.missing.join(', ')}`] : []),
]);

/** The API's problem document, or the gateway's own `message`, as an error of the command: what it names is what can be typed here. */
export const refusal = ({ status, body }: ApiReply, model: ModelDefinition): CommandError => {
  const { type, detail, message, errors } = (typeof body === 'object' && body !== null ? body : { detail: body }) as { readonly type?: unknown; readonly detail?: unknown; readonly message?: unknown; readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] };
  if (status === 422 && errors) return wrongUse([`The API refused the request (${status}):`, ...errors.map((each) => `  ${each.pointer} ${each.detail}`)].join('\n'), example(model));
  if (typeof type === 'string' && isProblem({ type }, 'not_answerable')) return new CommandError(`The API refused the request (${status}): --at ${errors?.[0]?.detail ?? 'is too early'}, as the state holds later events and cannot tell what it was before them.`, { next: 'leave --at out, give a later one, or add --allow-newer-state to be answered for the first moment that has an answer' });
  return new CommandError(`The API refused the request (${status}): ${String(detail ?? message)}`, status === 401 ? { next: 'ask the provider for a new token: this one is expired, or made for another API' } : {});
};

const predict = async (name: string, options: Options, command: Command): Promise<void> => {
  const context = contextOf(command);
  const found = findModel(context.manifest.models, name);
  if (!found.ok) throw wrongUse(found.problem.detail);
  const model = found.value;
  const token = accessTokenFor(context.environment, options.tokenFile);
  const body = {
    instances: [{ entities: entitiesFrom(options.entity, model, context.manifest), request: requestFrom(options.request, model) }],
    ...(options.at === undefined ? {} : { at: options.at }),
    ...(options.allowNewerState ? { allowNewerState: true } : {}),
  };
  const path = `/v1/models/${encodeURIComponent(name)}/predictions`;
  const reply = await (token === undefined ? signedFetch(context, path, body) : tokenFetch(context, token, path, body)).catch((error: unknown) => {
    if (error instanceof ApiNotDeployed) throw new CommandError(error.message, { next: `npx headrace deploy --env ${context.environment.name}`, cause: error });
    throw new CommandError(`The API of ${context.environment.name} did not answer: ${error instanceof Error ? error.message : String(error)}`,
      { next: context.environment.name === 'local' ? 'npx headrace local status' : `npx headrace doctor --env ${context.environment.name}`, cause: error });
  });
  if (reply.status !== 200) throw refusal(reply, model);
  process.stdout.write(options.json ? `${JSON.stringify(reply.body)}\n` : `${lines(reply.body as Answer).join('\n')}\n`);
};

/** `headrace predict`. */
export const registerPredict = (program: Command): void => {
  program.command('predict <model>')
    .description('ask the prediction API')
    .option('--entity <slot=key>', 'the entity in a slot: origin=ORD, or origin.iata=ORD; once for each slot', collect, [])
    .option('--request <field=value>', 'a field of the request: distance=606; once for each field', collect, [])
    .option('--at <time>', 'an earlier moment, such as 2001-06-01T12:00:00Z')
    .option('--allow-newer-state', 'answer for a later moment where the state already holds later events')
    .option(...tokenFileOption)
    .option('--json', 'print the API\'s answer as JSON')
    .action(predict);
};
