import type { DescribedMapping, MappingSettings } from '../settings';
import { settingsOf } from '../settings';

/** Settings of an event source mapping of a topic of MSK, with AWS's defaults filled in; `streamArn` is the cluster's. */
export interface KafkaMappingSettings extends MappingSettings {
  readonly topic: string;
  readonly consumerGroup: string;
  /** Event pollers, each of which is a member of the consumer group. */
  readonly pollers: number;
}

/** What Lambda describes of a mapping of MSK beside what those of streams have. */
export interface DescribedKafkaMapping extends DescribedMapping {
  readonly Topics?: readonly string[];
  readonly AmazonManagedKafkaEventSourceConfig?: { readonly ConsumerGroupId?: string };
  readonly ProvisionedPollerConfig?: { readonly MinimumPollers?: number | string };
}

/** The mapping is of a topic of an MSK cluster. */
export const isKafkaMapping = (mapping: DescribedMapping): mapping is DescribedKafkaMapping => /^arn:aws[\w-]*:kafka:/u.test(mapping.EventSourceArn);

const defaultBatchSize = 100;
const defaultWindow = 500;
/** Retries of a mapping that has a destination and says nothing of retries. */
const retriesBeforeDestination = 10;

/** Controls that Lambda offers in provisioned mode alone. */
const provisionedOnly = (mapping: DescribedKafkaMapping): readonly string[] => [
  ...(mapping.FunctionResponseTypes?.length ? ['FunctionResponseTypes'] : []),
  ...(String(mapping.BisectBatchOnFunctionError) === 'true' ? ['BisectBatchOnFunctionError'] : []),
  ...(Number(mapping.MaximumRetryAttempts ?? -1) >= 0 ? ['MaximumRetryAttempts'] : []),
  ...(Number(mapping.MaximumRecordAgeInSeconds ?? -1) >= 0 ? ['MaximumRecordAgeInSeconds'] : []),
];

/**
 * Reads the description of a mapping of MSK.
 * Sources: AWS Lambda developer guide, "All Amazon MSK event source configuration parameters in Lambda" and "Configuring
 * error handling controls for Kafka event sources".
 */
export const kafkaSettingsOf = (mapping: DescribedKafkaMapping): { readonly settings: KafkaMappingSettings } | { readonly refused: string } => {
  const read = settingsOf(mapping);
  if ('refused' in read) return read;
  const [topic, ...others] = mapping.Topics ?? [];
  if (topic === undefined || others.length > 0) return { refused: `A mapping of MSK has one topic; this one has ${mapping.Topics?.length ?? 0}. Name it in Topics.` };
  const controls = mapping.ProvisionedPollerConfig === undefined ? provisionedOnly(mapping) : [];
  if (controls.length > 0) return { refused: `${controls.join(', ')} of a mapping of MSK needs provisioned mode. Give it a ProvisionedPollerConfig.` };
  const { settings } = read;
  return {
    settings: {
      ...settings,
      parallelization: 1,
      batchSize: mapping.BatchSize === undefined ? defaultBatchSize : settings.batchSize,
      batchingWindow: mapping.MaximumBatchingWindowInSeconds === undefined ? defaultWindow : settings.batchingWindow,
      maximumRetries: settings.maximumRetries ?? (settings.destination === undefined ? undefined : retriesBeforeDestination),
      topic,
      consumerGroup: mapping.AmazonManagedKafkaEventSourceConfig?.ConsumerGroupId ?? mapping.UUID,
      pollers: Number(mapping.ProvisionedPollerConfig?.MinimumPollers ?? 1),
    },
  };
};
