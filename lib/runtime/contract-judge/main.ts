/**
 * The program `contract-judge`: judges and keeps batches of records for whoever has started it, which is a worker of Spark. It is made of what the
 * validator's function is made of, so that no record is judged by a second implementation. It reads questions from its
 * standard input, answers on the file descriptor that `ANSWERS` names, and ends with its input.
 */
import { writeSync } from 'node:fs';
import manifest from '@generated/manifest';
import * as validators from '@generated/validators';
import { contractsOf } from '../../../core/contract/contracts';
import { activeContractsFor } from '../active-contracts';
import { awsService } from '../aws-request';
import { environmentSchemaRegistry } from '../environment-registry';
import type { Keeping } from '../ingest/keep-received';
import { lakeWriter } from '../lake-writer';
import { objectWriter } from '../object-writer';
import { readVariables } from '../variables';
import { judgeBatch } from './judge';
import { answerBytes, messagesOf, questionOf } from './messages';

const keepingOf = (): Keeping => {
  const { RAW_BUCKET, QUARANTINE_BUCKET } = readVariables('RAW_BUCKET', 'QUARANTINE_BUCKET');
  const s3 = awsService('s3');
  return {
    contracts: contractsOf(manifest, validators),
    activeContracts: activeContractsFor(),
    registry: environmentSchemaRegistry(),
    lake: lakeWriter({ raw: objectWriter(RAW_BUCKET, s3), quarantine: objectWriter(QUARANTINE_BUCKET, s3) }),
  };
};

const main = async (): Promise<void> => {
  const answers = Number(readVariables('ANSWERS').ANSWERS);
  const keeping = keepingOf();
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
