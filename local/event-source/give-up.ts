import type { Emulator } from './emulator';

/** A batch that is given up, for whoever keeps it. */
export interface GivenUp {
  /** ARN of the function, in whose name it is delivered. */
  readonly functionArn: string;
  /** ARN of the bucket, queue or topic. */
  readonly destination: string;
  /** The key of its object in a bucket. */
  readonly key: string;
  /** What is said of it; a bucket takes the whole invocation with it. */
  readonly document: (withPayload: boolean) => object;
}

/** Gives what is given up to a mapping's on-failure destination, of whatever kind it is. */
export const deliverGivenUp = async (emulator: Pick<Emulator, 'putObject' | 'sendMessage' | 'publish'>, { functionArn, destination, key, document }: GivenUp): Promise<void> => {
  const service = destination.split(':')[2];
  const body = JSON.stringify(document(service === 's3'));
  if (service === 's3') await emulator.putObject(functionArn, destination.split(':').at(-1) ?? '', key, body);
  else if (service === 'sqs') await emulator.sendMessage(functionArn, destination, body);
  else await emulator.publish(functionArn, destination, body);
};
