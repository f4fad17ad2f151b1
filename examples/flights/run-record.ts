import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from '../../cli/context';

/** Changes when a record of an earlier version cannot be read any more. */
export const recordFormat = '2';

/** The model that answers, and how it was judged. */
export interface Trained { readonly modelVersion: string; readonly auc: number }

/** A place between two steps of the playback. */
export interface Played {
  /** The played time, ISO-8601. */
  readonly to: string;
  /** The model was asked about the departures of that moment. */
  readonly asked: boolean;
  /** When that was, ISO-8601: what stands on the stream since then belongs to a step that was not finished. */
  readonly recordedAt: string;
}

/** What earlier runs of the example have done. */
export interface RunRecord {
  /** Hash of the definitions and of the prepared flights with which it was done. */
  readonly inputs: string;
  readonly trained?: Trained;
  /** How far flights were played. */
  readonly played?: Played;
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
