import { layers, type Layer } from '../../lib';
import type { Synthesis } from './synthesis';

export interface Statement { readonly layer: Layer; readonly id: string; readonly type: string; readonly effect: string; readonly actions: readonly string[]; readonly resources: readonly unknown[]; readonly principal?: unknown; readonly condition?: unknown }

const listOf = (value: unknown): readonly unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** Every statement of a policy document, wherever in a resource it stands. */
const statementsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (!isObject(value)) return [];
  if (Array.isArray(value['Statement'])) return value['Statement'].filter(isObject);
  return Object.values(value).flatMap(statementsIn);
};

/** Every statement of every role's and every resource's policy. */
export const policyStatements = ({ templates }: Synthesis): readonly Statement[] =>
  layers.flatMap((layer) => Object.entries(templates[layer].Resources).flatMap(([id, { Type, Properties }]) =>
    statementsIn(Properties).map((statement) => ({
      layer, id, type: Type, effect: String(statement['Effect']), actions: listOf(statement['Action']).map(String), resources: listOf(statement['Resource']), principal: statement['Principal'], condition: statement['Condition'],
    }))));
