/**
 * The program `contract-judge`: judges and keeps batches of records for whoever has started it, which is a worker of Spark. It is made of what the
 * validator's function is made of, so that no record is judged by a second implementation. It reads questions from its
 * standard input, answers on the file descriptor that `ANSWERS` names, and ends with its input.
 */
import { writeSync } from 'node:fs';
import manifest from '@generated/manifest';
import * as validators from '@generated/validators';
import { contractsOf } from '../../../core/contract/contracts';
import { flinkViews } from '../../../core/feature/flink-views';
import { activeContractsFor } from '../active-contracts';
import { awsService } from '../aws-request';
import { environmentSchemaRegistry } from '../environment-registry';
import { forwardingOf } from '../ingest/forward';
import type { Forwarding } from '../ingest/keep-batch';
import type { Keeping } from '../ingest/keep-received';
import { lakeWriter } from '../lake-writer';
import { objectWriter } from '../object-writer';
import { readVariables } from '../variables';
import { judgeBatch } from './judge';
import { answerBytes, messagesOf, questionOf } from './messages';

/** Where accepted events go on to that Flink reads. A client of Kafka's is loaded only where there is such a view. */
const forwarding = async (): Promise<Forwarding | undefined> => {
  if (flinkViews(manifest).length === 0) return undefined;
  const { HEADRACE_ENVIRONMENT, KAFKA_BROKERS, ACCEPTED_TOPIC, AWS_REGION } = readVariables('HEADRACE_ENVIRONMENT', 'KAFKA_BROKERS', 'ACCEPTED_TOPIC', 'AWS_REGION');
  const [{ acceptedTopic }, { kafkaConnection }, { kafkaProducer }] = await Promise.all([import('./accepted-topic'), import('../kafka/connection'), import('../kafka/put')]);
  const connection = kafkaConnection(`headrace-${HEADRACE_ENVIRONMENT}-ingest-stream`, KAFKA_BROKERS, AWS_REGION);
  return forwardingOf(manifest, acceptedTopic(ACCEPTED_TOPIC, () => kafkaProducer(connection)));
};

const keepingOf = async (): Promise<Keeping> => {
  const { RAW_BUCKET, QUARANTINE_BUCKET } = readVariables('RAW_BUCKET', 'QUARANTINE_BUCKET');
  const s3 = awsService('s3');
  const forward = await forwarding();
  return {
    contracts: contractsOf(manifest, validators),
    activeContracts: activeContractsFor(),
    registry: environmentSchemaRegistry(),
    lake: lakeWriter({ raw: objectWriter(RAW_BUCKET, s3), quarantine: objectWriter(QUARANTINE_BUCKET, s3) }),
    ...(forward === undefined ? {} : { forward }),
  };
};

const main = async (): Promise<void> => {
  const answers = Number(readVariables('ANSWERS').ANSWERS);
  const keeping = await keepingOf();
  for await (const message of messagesOf(process.stdin)) {
    const question = questionOf(message);
    // Clients of AWS read their keys from the environment at each call.
    Object.assign(process.env, question.credentials);
    const bytes = answerBytes(await judgeBatch(question, keeping, Date.now()));
    for (let written = 0; written < bytes.length;) written += writeSync(answers, bytes, written);
  }
};

main().catch((error: unknown) => {
  process.stderr.write(`contract-judge: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
