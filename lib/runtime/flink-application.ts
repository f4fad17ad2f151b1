import { callJson, ServiceFault } from './aws-json';
import type { AwsService } from './aws-request';

/** What Managed Service for Apache Flink says of an application that is asked for here. */
export type ApplicationStatus = 'READY' | 'RUNNING' | 'STARTING' | 'STOPPING' | 'FORCE_STOPPING' | 'UPDATING' | 'AUTOSCALING' | 'DELETING' | 'ROLLING_BACK' | 'ROLLED_BACK' | 'MAINTENANCE';

/** An application of Managed Service for Apache Flink, by its name. */
export interface FlinkApplications {
  /** Undefined when there is none of that name. */
  readonly status: (name: string) => Promise<ApplicationStatus | undefined>;
  readonly hasSnapshot: (name: string) => Promise<boolean>;
  /** @param fromSnapshot from the latest one, or without any state */
  readonly start: (name: string, fromSnapshot: boolean) => Promise<void>;
  /** @param force without a snapshot, whatever it is doing */
  readonly stop: (name: string, force: boolean) => Promise<void>;
}

const limits = { timeoutMilliseconds: 10_000, attempts: 4, baseMilliseconds: 200, longestMilliseconds: 2000 };

/** Source: Managed Service for Apache Flink API reference, version 2018-05-23. */
export const flinkApplications = (service: AwsService): FlinkApplications => {
  const call = async (operation: string, input: unknown) => await callJson(service, { target: `KinesisAnalytics_20180523.${operation}`, jsonVersion: '1.1' }, input, limits);
  return {
    status: async (ApplicationName) => {
      try {
        const { ApplicationDetail } = await call('DescribeApplication', { ApplicationName }) as { readonly ApplicationDetail?: { readonly ApplicationStatus: ApplicationStatus } };
        return ApplicationDetail?.ApplicationStatus;
      } catch (error) {
        if (error instanceof ServiceFault && error.code === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    },
    hasSnapshot: async (ApplicationName) => {
      const { SnapshotSummaries = [] } = await call('ListApplicationSnapshots', { ApplicationName, Limit: 50 }) as { readonly SnapshotSummaries?: readonly { readonly SnapshotStatus: string }[] };
      return SnapshotSummaries.some(({ SnapshotStatus }) => SnapshotStatus === 'READY');
    },
    start: async (ApplicationName, fromSnapshot) => {
      await call('StartApplication', { ApplicationName, RunConfiguration: { ApplicationRestoreConfiguration: { ApplicationRestoreType: fromSnapshot ? 'RESTORE_FROM_LATEST_SNAPSHOT' : 'SKIP_RESTORE_FROM_SNAPSHOT' } } });
    },
    stop: async (ApplicationName, Force) => { await call('StopApplication', { ApplicationName, Force }); },
  };
};
