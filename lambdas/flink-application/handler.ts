import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { awsService } from '../../lib/runtime/aws-request';
import { answerCloudFormation, faultText } from '../../lib/runtime/custom-resource';
import { flinkApplications } from '../../lib/runtime/flink-application';
import { logger } from '../../lib/runtime/logging';
import { startApplication, stopApplication } from './run';

const applications = flinkApplications(awsService('kinesisanalytics'));

/** The answer must still get out. */
const reserveMilliseconds = 15_000;

/**
 * The custom resource that starts a Flink application, as CloudFormation starts none, and stops it before it is deleted. Its id
 * is the application's name: when views mean something else there is another application, and the former one is stopped by
 * the deletion of its resource.
 */
export const handler = async (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
  const name = String(event.ResourceProperties['application']);
  const effects = { applications, sleep: async (milliseconds: number) => { await sleep(milliseconds); }, hasTime: () => context.getRemainingTimeInMillis() > reserveMilliseconds };
  let fault: string | undefined;
  try {
    await (event.RequestType === 'Delete' ? stopApplication(name, effects) : startApplication(name, effects));
    logger.info(`${name} ${event.RequestType === 'Delete' ? 'does not run' : 'runs'}`);
  } catch (error) {
    fault = faultText(name, error);
  }
  await answerCloudFormation(event, name, fault);
};
