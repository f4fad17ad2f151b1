import type { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { endpointTimeoutMilliseconds, longestWait } from '../../../core/manifest/check-serving';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { decodeNpy, encodeNpy, npyContentType } from '../../../core/model/npy';
import type { Session } from './model-file';
import { Unavailable } from './model-file';

let client: SageMakerRuntimeClient | undefined;

/** The SDK is loaded with the first endpoint that is asked: where models run in process, nobody waits for it. */
const sageMaker = async () => {
  const { InvokeEndpointCommand, SageMakerRuntimeClient } = await import('@aws-sdk/client-sagemaker-runtime');
  client ??= new SageMakerRuntimeClient({ maxAttempts: 3 });
  return { client, InvokeEndpointCommand };
};

/** What a container has said of a request that it could not answer, without its traces. */
const wordsOf = (error: unknown): string => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return `${name}: ${message.slice(0, 300)}`;
};

/**
 * A version that a SageMaker endpoint answers for. Faults that pass are tried again as the SDK does, within the time that
 * the model waits for its endpoint.
 */
export const openEndpoint = (endpoint: string, model: ModelDefinition): Session => ({
  predict: async (inputs, width, timeoutMilliseconds = longestWait(model) ?? endpointTimeoutMilliseconds) => {
    const { client, InvokeEndpointCommand } = await sageMaker();
    const limit = AbortSignal.timeout(timeoutMilliseconds);
    let body: Uint8Array;
    try {
      ({ Body: body = new Uint8Array() } = await client.send(new InvokeEndpointCommand({ EndpointName: endpoint, ContentType: npyContentType, Accept: npyContentType, Body: encodeNpy(inputs, width) }), { abortSignal: limit }));
    } catch (error) {
      throw new Unavailable(limit.aborted ? `the endpoint ${endpoint} did not answer within ${timeoutMilliseconds} ms` : `the endpoint ${endpoint} could not answer: ${wordsOf(error)}`, { cause: error });
    }
    return decodeNpy(body);
  },
});
