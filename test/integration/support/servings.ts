import type { Context } from '../../../cli/context';
import { plansNamed, servingGeneration } from '../../../cli/features/rebuild-place';
import { stateViewText } from '../../../core/feature/entity-key';
import { decodeState, featuresAt } from '../../../core/window';
import type { Flight } from '../../../examples/flights/flight';
import { awsService } from '../../../lib/runtime/aws-request';
import { dynamoStateStore } from '../../../lib/runtime/state-store';
import { naiveValues } from './truth';

const minutes = 60_000;
const day = 86_400_000;

/** The servings of every airport, compared with a naive count at some moments after the last flight. */
export const differingFromNaive = async (context: Context, landed: readonly Flight[]): Promise<readonly string[]> => {
  const store = dynamoStateStore({ table: context.names.stateTable, service: awsService('dynamodb') });
  const differing: string[] = [];
  const newest = landed.reduce((latest, { landing }) => Math.max(latest, landing), 0);
  for (const plan of plansNamed(context, [])) {
    const side = plan.view.name === 'airport_departures' ? 'origin' : 'destination';
    const airports = [...new Set(landed.map((flight) => flight[side]))];
    const view = stateViewText(plan.view, await servingGeneration(context, plan.view));
    const items = await store.read(airports.map((iata) => ({ entity: `airport|${iata}`, view })), { consistent: true });
    for (const [index, airport] of airports.entries()) for (const moment of [newest + 1, newest + 40 * minutes, newest + 2 * day]) {
      const state = items[index] && decodeState(plan, items[index].state);
      const [own, naive] = [featuresAt(plan, state, moment), naiveValues(landed, { view: plan.view, airport, moment, answered: {} })];
      if (JSON.stringify(own) !== JSON.stringify(naive)) differing.push(`${plan.name} ${airport} ${JSON.stringify(own)} ${JSON.stringify(naive)}`);
    }
  }
  return differing;
};
