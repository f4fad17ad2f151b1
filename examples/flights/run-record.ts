import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from '../../cli/context';

/** The model that answers, and how it was judged. */
export interface Trained { readonly modelVersion: string; readonly auc: number }

/** What earlier runs of the example have done. */
export interface RunRecord {
  /** Hash of the definitions and of the prepared flights with which it was done. */
  readonly inputs: string;
  readonly trained?: Trained;
  /** Up to where flights were played, ISO-8601, and whether the model was asked about that moment's departures. */
  readonly playedTo?: string;
  readonly asked?: boolean;
  /** Flights found in raw after the last playback that reached its end, and up to where those were counted. */
  readonly counted?: { readonly flights: number; readonly to: string };
}

export interface RunRecords {
  readonly read: () => Promise<RunRecord | undefined>;
  readonly write: (record: RunRecord) => Promise<void>;
}

/** The record stands in the cloud itself, so that it is as old as the state that it speaks of, whatever was lost with a crash. */
export const runRecordsIn = ({ environment, names }: Context): RunRecords => {
  const client = new SSMClient({ region: environment.region });
  const parameter = `${names.parameterPath}/example/flights`;
  return {
    read: async () => {
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }));
        return JSON.parse(Parameter?.Value ?? '') as RunRecord;
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
    write: async (record) => { await client.send(new PutParameterCommand({ Name: parameter, Value: JSON.stringify(record), Type: 'String', Overwrite: true })); },
  };
};
