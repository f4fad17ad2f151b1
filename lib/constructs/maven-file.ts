import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './foreign-package';
import { packageDirectory } from './package-directory';
import { python } from './python-bundle';

/** MSK's IAM for clients of Kafka's in Java: Glue names no version of it that its workers have. */
const kafkaIam = { artifact: 'software.amazon.msk:aws-msk-iam-auth:2.3.5:all', sha256: 'bcd6020ce1ca2c3f1a65e087057dc8c0757185ba1f169b38e0eda54b617e4225' } as const;

/**
 * The library by which the streaming job speaks to brokers with its role, brought from a Maven repository once and checked by its hash.
 *
 * @throws Error when the repository cannot be reached, or gives another file
 */
export const kafkaIamJar = (): string => {
  const target = join(cacheDirectory(), `aws-msk-iam-auth-${kafkaIam.sha256.slice(0, 16)}.jar`);
  if (existsSync(target)) return target;
  mkdirSync(cacheDirectory(), { recursive: true });
  const program = join(packageDirectory(), 'lib', 'constructs', 'maven_file.py');
  const { status, stderr, error } = spawnSync(python(), [program, kafkaIam.artifact, kafkaIam.sha256, target], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The library of MSK's IAM could not be brought here: ${error?.message ?? stderr.trim()}`);
  return target;
};
