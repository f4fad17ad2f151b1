import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnginesRun } from './engines';
import { costs, deployed, listPrices, megabytesPerCore, perCore, writesAtOnce, writeSeconds, type AlwaysOnCost, type LambdaCost } from './engines-cost';

interface Measured { readonly events: number; readonly seconds: number; readonly cpuSeconds: number; readonly memoryBytes: number; readonly startSeconds: number; readonly startCpuSeconds?: number }

const whole = (value: number): string => Math.round(value).toString();
const dollars = (value: number): string => (value < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2));

/** Of functions the time is that of invocations alone; of an engine its start is in it. */
const row = (name: string, run: Measured): string => `| ${name} | ${whole(run.events / (run.seconds - (run.startCpuSeconds === undefined ? 0 : run.startSeconds)))} | ${whole(perCore(run))} | ${run.cpuSeconds.toFixed(0)} | ${whole(run.memoryBytes / 1e6)} | ${run.startSeconds.toFixed(1)} |`;

const functionRow = (name: string, { compute, requests, state, total }: LambdaCost): string => `| ${name} | ${dollars(compute)} | ${dollars(requests)} | ${dollars(state)} | ${dollars(total)} |`;

const alwaysOnRow = (name: string, { month, most, atFullLoad, beside, lambda, cheaperFrom }: AlwaysOnCost): string =>
  `| ${name} | ${month.toFixed(0)} | ${whole(most)} | ${dollars(atFullLoad)} | ${dollars(beside)} | ${dollars(lambda)} | ${cheaperFrom === null ? 'never' : `${whole(cheaperFrom)}${cheaperFrom > most ? ', more than that size takes' : ''}`} |`;

/** What `npm run bench:engines` found, for the page of measurements. */
export const enginesSection = (): readonly string[] => {
  const file = join(__dirname, 'engines.json');
  if (!existsSync(file)) return [];
  const { events, validator, aggregator, both, spark, flink, landed, differences, machine, date, node } = JSON.parse(readFileSync(file, 'utf8')) as EnginesRun;
  const cost = costs(validator, aggregator, spark, flink);
  return ['## Three million flights by three engines', '',
    `The same ${events} flights, by the code of functions, by Spark and by Flink: \`npm run bench:engines\`. Spark does what the validator does (judge, and write raw and quarantine), so it stands against that half; Flink does what the aggregator does (two views), and stands against the other. Spark reads a real topic of Kafka and writes to the S3 of a local cloud; Flink reads a topic of accepted events and writes one of partial aggregates; both topics are filled before. Functions are one process that is invoked with what their mapping gives (${validator.batchSize} records to the validator, ${aggregator.batchSize} to the aggregator); the validator's is the deployed bundle and writes to the same S3, the aggregator's modules write to a table in memory.`, '',
    `Every event landed once in raw or in quarantine by both, and each tier of both views counts every accepted event by Flink's last partials and by the aggregator: ${differences.length === 0 ? 'nothing differs' : `these differ: ${differences.join('; ')}`}.`, '',
    '| what | events a second | events a second and core | processor time, s | memory, MB | start, s |', '| --- | ---: | ---: | ---: | ---: | ---: |',
    row('Lambda: validator', validator), row('Lambda: aggregator', aggregator), row('Lambda: both, one after the other', both), row('Spark', spark), row('Flink', flink), '',
    'Events a second are those after the start, and for functions those of the invocations alone, as they are what is paid for. Of Spark and Flink processor time and memory are those of all their processes together (resident memory; what two share counts twice). The machine has two cores for an engine, the broker and the local cloud, so that events a second and core are the number to compare. The start is from the first process to the first object, partial or answer.', '',
    `Flink sent ${flink.messages} messages for ${flink.events} events, each of which stands in a hop of two tiers of two views. Read at this rate, many events of a hop are put together before it is sent. At the rate of a real day Flink sends more. The function that puts them into items wrote ${flink.partials.writes} items (${flink.partials.writeUnits} write units), the aggregator ${aggregator.writes} (${aggregator.writeUnits}).`, '',
    '| a million events, USD | compute | requests | reads and writes of state | in all |', '| --- | ---: | ---: | ---: | ---: |',
    functionRow('validator', cost.validator), functionRow('aggregator', cost.aggregator), functionRow('partials of Flink into items', cost.partials), '',
    '| | a month, USD | takes at most, events a second | a million events at that rate, USD | of which beside it | a million by functions, USD | cheaper from, events a second all day |', '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    alwaysOnRow('Spark', cost.spark), alwaysOnRow('Flink', cost.flink), '',
    `By list prices of us-east-1: Lambda on arm64 ${listPrices.lambdaGigabyteSecond} a GB-second and ${listPrices.lambdaMillionRequests} a million requests, a million write units ${listPrices.millionWriteUnits} and read units ${listPrices.millionReadUnits}, Glue ${listPrices.dpuHour} a DPU-hour (${deployed.sparkWorkers} workers of ${deployed.sparkWorkerDpu}, one of them the driver's), Managed Flink ${listPrices.flinkUnitHour} a unit-hour (${deployed.flinkUnits} that works, one that directs it, ${listPrices.flinkUnitStorageMonth} a month for storage). A core of this machine is taken for one of AWS's. The validator has ${deployed.validatorMegabytes} MB and so ${(deployed.validatorMegabytes / megabytesPerCore).toFixed(2)} of a core, the aggregator ${deployed.aggregatorMegabytes} MB and a whole one; DynamoDB is waited for ${writeSeconds * 1000} ms with ${writesAtOnce} writes at once. Puts to S3 are left out, as both sides write much the same (${landed.validator.objects} objects by the validator, ${landed.spark.objects} by Spark); so are Kafka, its pollers, and what Glue and Flink need beside them. Batches are full here: at a low rate a function is invoked with fewer records, and costs more for each. Machine: ${machine}, Node ${node} (${date}).`, ''];
};
