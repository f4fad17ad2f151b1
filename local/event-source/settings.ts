/** Settings of an event source mapping of a Kinesis stream, with AWS's defaults filled in. */
export interface MappingSettings {
  readonly id: string;
  readonly streamArn: string;
  readonly functionArn: string;
  readonly enabled: boolean;
  /** Records, 1 to 10,000. */
  readonly batchSize: number;
  /** Milliseconds that a batch waits for more records. */
  readonly batchingWindow: number;
  /** Concurrent batches of one shard, 1 to 10; records of one partition key stay in order. */
  readonly parallelization: number;
  readonly reportsItemFailures: boolean;
  readonly bisects: boolean;
  /** Retries of a failed batch; undefined: without end. */
  readonly maximumRetries: number | undefined;
  /** Milliseconds since arrival, after which a record is discarded; undefined: never. */
  readonly maximumAge: number | undefined;
  /** ARN of an S3 bucket, an SQS queue or an SNS topic that takes discarded batches. */
  readonly destination: string | undefined;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** Epoch milliseconds, for AT_TIMESTAMP. */
  readonly startingTimestamp: number | undefined;
}

/** An event source mapping as Lambda's ListEventSourceMappings describes it (API reference, EventSourceMappingConfiguration). */
export interface DescribedMapping {
  readonly UUID: string;
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly State: string;
  readonly BatchSize?: number | string;
  readonly MaximumBatchingWindowInSeconds?: number | string;
  readonly ParallelizationFactor?: number | string;
  readonly FunctionResponseTypes?: readonly string[];
  readonly BisectBatchOnFunctionError?: boolean | string;
  readonly MaximumRetryAttempts?: number | string;
  readonly MaximumRecordAgeInSeconds?: number | string;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
  readonly StartingPosition?: string;
  readonly StartingPositionTimestamp?: number | string;
  readonly FilterCriteria?: { readonly Filters?: readonly unknown[] };
  readonly TumblingWindowInSeconds?: number | string;
}

/** Settings that can be driven, or why they cannot: a setting that is not followed must not pass in silence. */
export type ReadSettings = { readonly settings: MappingSettings } | { readonly refused: string };

const destinations = /^arn:aws[\w-]*:(s3|sqs|sns):/;

const limited = (value: number | string | undefined): number | undefined => {
  const number = value === undefined ? -1 : Number(value);
  return number < 0 ? undefined : number;
};

const isTrue = (value: boolean | string | undefined): boolean => value === true || value === 'true';

/** Reads a mapping's description. */
export const settingsOf = (mapping: DescribedMapping): ReadSettings => {
  if (mapping.FilterCriteria?.Filters?.length)
    return { refused: 'FilterCriteria is not supported by the local event source driver: it would discard records before anything could keep them. Remove it from the mapping.' };
  if (Number(mapping.TumblingWindowInSeconds ?? 0) > 0)
    return { refused: 'TumblingWindowInSeconds is not supported by the local event source driver. Remove it from the mapping.' };
  const destination = mapping.DestinationConfig?.OnFailure?.Destination || undefined;
  if (destination && !destinations.test(destination))
    return { refused: `The on-failure destination ${destination} is not supported by the local event source driver; use an S3 bucket, an SQS queue or an SNS topic.` };
  const startingPosition = mapping.StartingPosition ?? 'LATEST';
  if (startingPosition !== 'TRIM_HORIZON' && startingPosition !== 'LATEST' && startingPosition !== 'AT_TIMESTAMP')
    return { refused: `The starting position ${startingPosition} is not known; use TRIM_HORIZON, LATEST or AT_TIMESTAMP.` };
  const startingTimestamp = mapping.StartingPositionTimestamp === undefined ? undefined : Number(mapping.StartingPositionTimestamp) * 1000;
  if (startingPosition === 'AT_TIMESTAMP' && startingTimestamp === undefined) return { refused: 'The starting position AT_TIMESTAMP needs StartingPositionTimestamp.' };
  const maximumAge = limited(mapping.MaximumRecordAgeInSeconds);
  return {
    settings: {
      id: mapping.UUID,
      streamArn: mapping.EventSourceArn,
      functionArn: mapping.FunctionArn,
      enabled: mapping.State === 'Enabled',
      batchSize: Number(mapping.BatchSize ?? 100),
      batchingWindow: Number(mapping.MaximumBatchingWindowInSeconds ?? 0) * 1000,
      parallelization: Number(mapping.ParallelizationFactor ?? 1),
      reportsItemFailures: mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
      bisects: isTrue(mapping.BisectBatchOnFunctionError),
      maximumRetries: limited(mapping.MaximumRetryAttempts),
      maximumAge: maximumAge === undefined ? undefined : maximumAge * 1000,
      destination,
      startingPosition,
      startingTimestamp,
    },
  };
};
