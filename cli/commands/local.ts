import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { LocalCloudStatus } from '../../local/cloud';
import { LocalCloudError, localCloudStatus, startLocalCloud, stopLocalCloud } from '../../local/cloud';
import { pathsIn } from '../../local/paths';
import { flinkDirectory, flinkSetUp, pythonFor, sparkDirectory, sparkSetUp } from '../../local/programs';
import { CommandError } from '../command-error';
import { environmentNamed } from '../context';
import { projectIn } from '../project';

/** Runs work on the local cloud; what it cannot do becomes an error of the command line. */
const onLocalCloud = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LocalCloudError) throw new CommandError(error.message, { next: error.remedy, cause: error });
    throw error;
  }
};

const print = (line: string): void => { process.stdout.write(`${line}\n`); };

const linesOf = (status: LocalCloudStatus): readonly string[] => [
  status.running ? `running at ${status.endpoint}` : 'not running',
  `home         ${status.home}`,
  ...(status.emulator ? [`emulator     process ${status.emulator.pid}, MiniStack ${status.emulator.version}, saved ${status.emulator.savedAt ?? 'never'}${status.emulator.saveFailures ? `, ${status.emulator.saveFailures} saves failed` : ''}`] : []),
  ...(status.kafka ? [`Kafka broker process ${status.kafka.pid}, ${status.kafka.bootstrapServers}`] : []),
  ...(status.eventSource ? [`event source process ${status.eventSource.pid}, ${status.eventSource.mappings.length} mappings`] : []),
  ...(status.eventSource?.mappings ?? []).flatMap((mapping) => [
    `  ${mapping.streamArn.split('/').at(-1)} to ${mapping.functionArn.split(':').at(6)}${mapping.enabled ? '' : ' (disabled)'}`,
    ...mapping.shards.map((shard) => `    ${shard.shard}: ${shard.unfinished} records under way, checkpoint ${shard.checkpoint}${shard.error ? `, failing: ${shard.error}` : ''}`),
  ]),
  ...(status.eventSource?.refused ?? []).map(({ id, reason }) => `  mapping ${id} is not driven: ${reason}`),
];

/** `headrace local start|stop|status|logs`: AWS on this machine. */
export const registerLocal = (program: Command): void => {
  const local = program.command('local').description('the local cloud: AWS on this machine');

  local.command('start')
    .description('start the local cloud; it goes on until it is stopped')
    .option('--fresh', 'forget everything that an earlier run kept')
    .option('--json', 'print JSON')
    .action(async (options: { fresh?: boolean; json?: boolean }) => {
      const project = projectIn();
      const { region, ingestion } = environmentNamed(project, 'local');
      const cloud = await onLocalCloud(() => startLocalCloud({ home: project.home, region, fresh: options.fresh === true, ...(ingestion === 'msk' ? { kafka: true } : {}) }));
      print(options.json ? JSON.stringify({ endpoint: cloud.endpoint, home: cloud.home, attached: cloud.attached }) : `${cloud.attached ? 'already running' : 'running'} at ${cloud.endpoint}`);
      process.stderr.write('next: npx headrace deploy\n');
    });

  const bring = async (name: string, setUp: string, directory: string): Promise<void> => {
    const child = spawn(pythonFor(undefined), [setUp, directory], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'close') as [number | null];
    if (code !== 0) throw new CommandError(`${name} is not there.`, { next: 'mend what it says above, then give the same command again' });
    process.stderr.write(`${name} is in ${directory}\n`);
  };

  local.command('spark')
    .description('bring Spark to this machine, for the datasets, training sets and events that it works on: about 500 MB to download')
    .action(() => bring('Spark', sparkSetUp, sparkDirectory()));

  local.command('flink')
    .description('bring Flink to this machine, for feature views that it works out: about 200 MB to download')
    .action(() => bring('Flink', flinkSetUp, flinkDirectory()));

  local.command('stop')
    .description('stop the local cloud; everything is kept')
    .action(async () => {
      const ran = await onLocalCloud(() => stopLocalCloud({ home: projectIn().home }, (step) => { process.stderr.write(`${step}\n`); }));
      process.stderr.write(ran ? 'stopped; everything is kept\n' : 'the local cloud was not running\n');
    });

  local.command('status')
    .description('what runs, and how far each consumer is')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const status = await onLocalCloud(() => localCloudStatus({ home: projectIn().home }));
      print(options.json ? JSON.stringify(status) : linesOf(status).join('\n'));
    });

  local.command('logs')
    .description('what the emulator, the event source driver and the Kafka broker wrote')
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('-n, --lines <count>', 'lines of each', '100')
    .action(async (options: { follow?: boolean; lines: string }) => {
      if (!/^\d+$/.test(options.lines)) throw new CommandError(`--lines takes a whole number, not '${options.lines}'.`, { next: 'npx headrace local logs --lines 100', exitCode: 2 });
      const { emulatorLog, driverLog, brokerLog } = pathsIn(projectIn().home);
      const files = [emulatorLog, driverLog, brokerLog].filter((file) => existsSync(file));
      if (files.length === 0) throw new CommandError('There are no logs: the local cloud was never started here.', { next: 'npx headrace local start' });
      const child = spawn('tail', ['-n', options.lines, ...(options.follow ? ['-F'] : []), ...files], { stdio: ['ignore', 'inherit', 'inherit'] });
      await new Promise((resolve, reject) => { child.once('error', reject); child.once('close', resolve); });
    });
};
