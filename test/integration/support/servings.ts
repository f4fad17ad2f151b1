import type { Context } from '../../../cli/context';
import { plansNamed, servingGeneration } from '../../../cli/features/rebuild-place';
import { stateViewText } from '../../../core/feature/entity-key';
import { decodeState, featuresAt } from '../../../core/window';
import type { FeatureValues } from '../../../core/window';
import type { Flight } from '../../../examples/flights/flight';
import { awsService } from '../../../lib/runtime/aws-request';
import { dynamoStateStore } from '../../../lib/runtime/state-store';
import { naiveValues } from './truth';

const minutes = 60_000;
const day = 86_400_000;

/** What a view's state says of an airport at a moment. */
interface Served { readonly view: string; readonly airport: string; readonly moment: number; readonly values: FeatureValues; readonly naive: () => FeatureValues }

/** The servings of every airport, at some moments after the last flight. */
export const servedOf = async (context: Context, landed: readonly Flight[]): Promise<readonly Served[]> => {
  const store = dynamoStateStore({ table: context.names.stateTable, service: awsService('dynamodb') });
  const served: Served[] = [];
  const newest = landed.reduce((latest, { landing }) => Math.max(latest, landing), 0);
  for (const plan of plansNamed(context, [])) {
    const side = plan.view.name === 'airport_departures' ? 'origin' : 'destination';
    const airports = [...new Set(landed.map((flight) => flight[side]))];
    const view = stateViewText(plan.view, await servingGeneration(context, plan.view));
    const items = await store.read(airports.map((iata) => ({ entity: `airport|${iata}`, view })), { consistent: true });
    for (const [index, airport] of airports.entries()) for (const moment of [newest + 1, newest + 40 * minutes, newest + 2 * day]) {
      const state = items[index] && decodeState(plan, items[index].state);
      served.push({ view: plan.name, airport, moment, values: featuresAt(plan, state, moment), naive: () => naiveValues(landed, { view: plan.view, airport, moment, answered: {} }) });
    }
  }
  return served;
};

/** The servings of every airport that are not what a naive count gives. */
export const differingFromNaive = async (context: Context, landed: readonly Flight[]): Promise<readonly string[]> =>
  (await servedOf(context, landed)).flatMap(({ view, airport, values, naive }) => {
    const [own, counted] = [JSON.stringify(values), JSON.stringify(naive())];
    return own === counted ? [] : [`${view} ${airport} ${own} ${counted}`];
  });
