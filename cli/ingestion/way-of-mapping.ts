import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import type { WayIn } from '../../core/environment/environment';

/** By what the events come in that an event source mapping of a consumer reads. */
export const wayOf = ({ EventSourceArn = '' }: Pick<EventSourceMappingConfiguration, 'EventSourceArn'>): WayIn => (EventSourceArn.split(':')[2] === 'kinesis' ? 'kinesis' : 'msk');
