import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Id of the Java process of the Kafka broker of a local cloud. */
export const brokerProcess = (home: string): number => {
  const found = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n').find((line) => line.includes(`kafka.Kafka ${join(home, 'local-cloud', 'kafka')}`));
  return Number(found?.trim().split(' ')[0]);
};
