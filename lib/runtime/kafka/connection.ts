import type { BaseOptions } from '@platformatic/kafka';
import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';

/** What a client needs to reach a cluster. */
export type KafkaConnection = Pick<BaseOptions, 'clientId' | 'bootstrapBrokers' | 'tls' | 'sasl' | 'timeout' | 'connectTimeout' | 'requestTimeout' | 'retries' | 'retryDelay'>;

/** Brokers and how they are spoken to, `<security protocol>://host:port,host:port`: Kafka's own names of the protocols. */
export interface Brokers { readonly protocol: 'SASL_SSL' | 'PLAINTEXT'; readonly addresses: readonly string[] }

/** The text of brokers: what MSK gives for IAM, or else without any authentication, as a cluster has it that allows nothing else. */
export const brokersText = ({ protocol, addresses }: Brokers): string => `${protocol}://${addresses.join(',')}`;

/**
 * Reads the text of brokers.
 *
 * @throws Error when it is none
 */
export const brokersOf = (text: string): Brokers => {
  const [, protocol, addresses = ''] = /^(SASL_SSL|PLAINTEXT):\/\/((?:[\w.-]+:\d{1,5})(?:,[\w.-]+:\d{1,5})*)$/u.exec(text) ?? [];
  if (protocol !== 'SASL_SSL' && protocol !== 'PLAINTEXT') throw new Error(`'${text}' says nothing of brokers; it must be SASL_SSL://host:port,host:port, as the stack that makes the cluster sets it: deploy it again.`);
  return { protocol, addresses: addresses.split(',') };
};

/**
 * How a cluster is reached: over TLS with a token that the function's role signs, which the cluster takes for fifteen minutes and a
 * connection asks for once.
 *
 * @param region of the cluster
 */
export const kafkaConnection = (clientId: string, brokers: string, region: string): KafkaConnection => {
  const { protocol, addresses } = brokersOf(brokers);
  return {
    clientId, bootstrapBrokers: [...addresses],
    timeout: 10_000, connectTimeout: 5000, requestTimeout: 15_000, retries: 5, retryDelay: 200,
    ...(protocol === 'SASL_SSL' ? { tls: {}, sasl: { mechanism: 'OAUTHBEARER', token: async () => (await generateAuthToken({ region })).token } as const } : {}),
  };
};
