import type { EpochMillis } from '../../event/time';
import { isHeldKey } from '../../feature/entity-key';
import type { Part, PartValue } from '../part';
import type { ViewPlan } from '../plan';
import type { Register } from '../register';
import type { Tile } from '../state';
import { partOf, partText, registerOf, registerText } from './part-text';

/** What Flink has worked out of one hop of one entity: a function of the events that it has counted, of which there are ever more. */
export interface Partial {
  /** Encoded key of the entity. */
  readonly entity: string;
  /** Which of the view's tiers. */
  readonly tier: number;
  /** Start of the hop. */
  readonly start: EpochMillis;
  /** How many events were counted: of two partials of one hop, the one with more is the later. */
  readonly rows: number;
  /** Newest effective time and newest arrival among them. */
  readonly newest: EpochMillis;
  readonly arrival: EpochMillis;
  readonly tile: Tile;
  /** The hop's newest values, one a register of the view. They come with the partials of its first tier alone. */
  readonly registers: readonly (Register | undefined)[];
}

/** A partial with its view, or why a message is none. */
export type DecodedPartial = { readonly ok: true; readonly plan: ViewPlan; readonly partial: Partial } | { readonly ok: false; readonly problem: string };

/** Columns of the topic of partials, in their order, and of what type each is in Flink's SQL. `parts` are those of the whole view, null for what the tier has not. */
export const partialColumns = {
  view: 'STRING', plan: 'BIGINT', entity: 'STRING', tier: 'BIGINT', hop: 'BIGINT', rows: 'BIGINT', newest: 'BIGINT', arrival: 'BIGINT', parts: 'ARRAY<STRING>', registers: 'ARRAY<STRING>',
} as const;

type Message = { readonly [K in keyof typeof partialColumns]: unknown };

class BadPartial extends Error {}
const refuse = (problem: string): never => { throw new BadPartial(problem); };

const wholeAt = (message: Message, name: keyof Message, least: number): number => {
  const value = message[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : refuse(`its ${name} is ${JSON.stringify(value) ?? 'absent'}; it is a whole number from ${least}`);
};

const textsAt = (message: Message, name: 'parts' | 'registers', length: number): readonly (string | null)[] => {
  // SQL has no list of nothing.
  const value = length === 0 ? message[name] ?? [] : message[name];
  if (!Array.isArray(value) || value.length !== length) return refuse(`its ${name} are no list of ${length}`);
  return value.map((each: unknown) => (each === null || typeof each === 'string' ? each : refuse(`one of its ${name} is neither a text nor null`)));
};

const read = <V>(what: string, text: string, reader: (text: string) => V): V => {
  try { return reader(text); } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse(`its ${what} cannot be read: ${error.message}`);
  }
};

const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && !Array.isArray(value);

const partialOf = (message: Message, plan: ViewPlan): Partial => {
  const { entity } = message;
  if (message.plan !== plan.fingerprint) refuse(`it was made for another content of ${plan.name} (${JSON.stringify(message.plan) ?? 'absent'}, not ${plan.fingerprint})`);
  if (typeof entity !== 'string' || !entity.startsWith(`${plan.view.entity}|`)) return refuse(`its entity is ${JSON.stringify(entity) ?? 'absent'}; it is the text of a key of ${plan.view.entity}`);
  if (!isHeldKey(entity)) refuse(`its entity has a key of ${Buffer.byteLength(entity, 'utf8')} bytes, which DynamoDB does not hold`);
  const tier = plan.tiers.findIndex(({ hop }) => hop === message.tier);
  const tierPlan = plan.tiers[tier] ?? refuse(`its tier is ${JSON.stringify(message.tier) ?? 'absent'}; ${plan.name} has hops of ${plan.tiers.map(({ hop }) => hop).join(', ')}`);
  const [start, rows] = [wholeAt(message, 'hop', 0), wholeAt(message, 'rows', 1)];
  const [newest, arrival] = [wholeAt(message, 'newest', 0), wholeAt(message, 'arrival', 0)];
  if (start % tierPlan.hop !== 0 || newest < start || newest >= start + tierPlan.hop) refuse(`its hop ${start} does not begin a hop of ${tierPlan.hop} that holds its newest event, of ${newest}`);
  const parts = textsAt(message, 'parts', plan.parts.length);
  if (parts.some((text, index) => text !== null && !tierPlan.shared.includes(index))) refuse(`it has a part that the tier of ${tierPlan.hop} does not keep`);
  const values = new Map<Part, PartValue>(plan.parts.map((part, index) => {
    const text = parts[index] ?? null;
    return [part, text === null ? undefined : read(`part ${index}`, text, (each) => partOf(each, part))];
  }));
  const tile = tierPlan.parts.map((_part, index) => { const part = plan.parts[tierPlan.shared[index] ?? -1]; return part && values.get(part); });
  if (tierPlan.rows === undefined || tile[tierPlan.rows] !== rows) refuse(`it is of ${rows} events, and its parts count others`);
  const registers = textsAt(message, 'registers', plan.registers.length).map((text, index) => (text === null ? undefined : read(`register ${index}`, text, registerOf)));
  if (registers.some((register) => register && (register.time < start || register.time >= start + tierPlan.hop))) refuse('it has the value of a row that is not of its hop');
  return { entity, tier, start, rows, newest, arrival, tile, registers };
};

/**
 * Reads a message of the topic of partials.
 *
 * @param planOf the plan of a view, by its versioned name; `undefined` for one that Flink does not work out
 */
export const decodePartial = (text: string, planOf: (view: string) => ViewPlan | undefined): DecodedPartial => {
  try {
    const message: unknown = JSON.parse(text);
    if (!isMessage(message)) return { ok: false, problem: 'it is no JSON object' };
    const plan = typeof message.view === 'string' ? planOf(message.view) : undefined;
    if (!plan) return { ok: false, problem: `its view is ${JSON.stringify(message.view) ?? 'absent'}, which Flink does not work out by these definitions` };
    return { ok: true, plan, partial: partialOf(message, plan) };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, problem: `it is no JSON: ${error.message}` };
    if (error instanceof BadPartial) return { ok: false, problem: error.message };
    throw error;
  }
};

/** The message of a partial, as Flink writes it. */
export const encodePartial = (plan: ViewPlan, { entity, tier, start, rows, newest, arrival, tile, registers }: Partial): string => {
  const { hop = 0, shared = [] } = plan.tiers[tier] ?? {};
  return JSON.stringify({
    view: plan.name, plan: plan.fingerprint, entity, tier: hop, hop: start, rows, newest, arrival,
    parts: plan.parts.map((part, index) => (shared.includes(index) ? partText(part, tile[shared.indexOf(index)]) : null)),
    registers: registers.map((register) => register ? registerText(register) : null),
  } satisfies Message);
};
