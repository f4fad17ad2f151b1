import manifest from '@generated/manifest';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { publication, withdrawn } from '../../core/contract/activation';
import { registerContracts } from '../../core/contract/registration/register';
import { wantedSchemas } from '../../core/contract/registration/wanted';
import { versionedName } from '../../core/manifest/manifest';
import { answerCloudFormation, faultText } from '../../lib/runtime/custom-resource';
import { registrationRegistry, registryPlace } from '../../lib/runtime/environment-registry';
import { logger } from '../../lib/runtime/logging';
import { readVariables } from '../../lib/runtime/variables';
import { parametersBelow, publish, readActivations } from './activations';

const { HEADRACE_ENVIRONMENT: environment, ACTIVATIONS_PATH, DEFINITIONS_PATH, ACTIVATION_SECONDS } = readVariables('HEADRACE_ENVIRONMENT', 'ACTIVATIONS_PATH', 'DEFINITIONS_PATH', 'ACTIVATION_SECONDS');

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const events = Object.values(manifest.events);

type Step = (properties: Readonly<Record<string, unknown>>) => Promise<string>;

const isEphemeral = (properties: Readonly<Record<string, unknown>>): boolean => String(properties['ephemeral']) === 'true';

/** Contracts that an ephemeral environment has under the same version with another content. */
const redefinedContracts = async (): Promise<ReadonlySet<string>> => {
  const recorded = new Map(await parametersBelow(`${DEFINITIONS_PATH}/event`));
  return new Set(events.filter(({ name, version, hash }) => (recorded.get(`${name}/v${version}`) ?? hash) !== hash).map(versionedName));
};

/** The first step of a deploy: what it cannot do changes nothing else. */
const register: Step = async (properties) => {
  const missing = isEphemeral(properties) ? [] : withdrawn(await readActivations(ACTIVATIONS_PATH), events);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} active in ${environment} and not among the definitions; keep generated/contracts/${missing[0] ?? ''}.json, which reads what was written by it.`);
  const redefined = isEphemeral(properties) ? await redefinedContracts() : new Set<string>();
  const registered = await registerContracts(wantedSchemas(events, redefined), manifest.hash, { registry: await registrationRegistry(registryPlace(), `Contracts of headrace ${environment}`), sleep });
  return `${registered} schema versions registered`;
};

/** The last step, when both consumers have the contracts. */
const activate: Step = async (properties) => {
  const { put, remove } = publication(await readActivations(ACTIVATIONS_PATH), events, { now: Date.now(), marginMilliseconds: Number(ACTIVATION_SECONDS) * 1000, ephemeral: isEphemeral(properties) });
  await publish(ACTIVATIONS_PATH, { put, remove });
  return `${put.size} event types published`;
};

const steps: Readonly<Record<string, { readonly id: string; readonly run: Step }>> = {
  'Custom::HeadraceContracts': { id: `headrace-contracts-${environment}`, run: register },
  'Custom::HeadraceActivation': { id: `headrace-activation-${environment}`, run: activate },
};

const outcomeOf = async (event: CloudFormationCustomResourceEvent, run: Step): Promise<string | undefined> => {
  // Contracts are append-only: what was written by them stays in the lake when the stack is gone.
  if (event.RequestType === 'Delete') return undefined;
  try {
    logger.info(await run(event.ResourceProperties));
    return undefined;
  } catch (error) {
    return faultText(event.ResourceType, error);
  }
};

/** The custom resources that register contracts at the beginning of a deploy and activate them at its end. */
export const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
  const step = steps[event.ResourceType];
  await answerCloudFormation(event, step?.id ?? event.ResourceType, step === undefined ? `there is no step for ${event.ResourceType}.` : await outcomeOf(event, step.run));
};
