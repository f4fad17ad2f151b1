import type { EngineRun } from './engine-process';
import type { FlinkRun } from './engines-flink';
import type { LambdaRun } from './engines-lambda';

/** List prices of us-east-1, USD, November 2026. */
export const listPrices = { lambdaGigabyteSecond: 0.000_013_333_4, lambdaMillionRequests: 0.2, millionWriteUnits: 0.625, millionReadUnits: 0.125, dpuHour: 0.44, flinkUnitHour: 0.11, flinkUnitStorageMonth: 5 } as const;

/** What the stacks give: memory of the functions, workers of the job, units of the application. */
export const deployed = { validatorMegabytes: 1024, aggregatorMegabytes: 1769, sparkWorkers: 2, sparkWorkerDpu: 0.25, sparkWorkerCores: 2, flinkUnits: 1 } as const;

const hoursPerMonth = 730;
/** Lambda gives a whole processor at this memory, and less of one in proportion. */
export const megabytesPerCore = 1769;
/** Functions write this many items at once, and DynamoDB takes so long for a write. */
export const [writesAtOnce, writeSeconds] = [32, 0.005];

const million = 1e6;

/** What a million events cost by code of functions, in parts. */
export interface LambdaCost { readonly compute: number; readonly requests: number; readonly state: number; readonly total: number }

/**
 * A function is paid for while an invocation lasts: processor time by its share of a processor, or the time that it took if that
 * was longer, and what it would wait for the table, which here is in memory.
 *
 * @param events that the cost is for: partials are fewer than the events that they are of
 */
const lambdaCost = ({ seconds, cpuSeconds, invocations, reads, writes, writeUnits }: LambdaRun, megabytes: number, events: number): LambdaCost => {
  const share = Math.min(1, megabytes / megabytesPerCore);
  const billed = Math.max(seconds, cpuSeconds / share) + (writes / writesAtOnce) * writeSeconds;
  const each = million / events;
  const compute = billed * (megabytes / 1024) * listPrices.lambdaGigabyteSecond * each;
  const requests = (invocations / million) * listPrices.lambdaMillionRequests * each;
  const state = ((writeUnits / million) * listPrices.millionWriteUnits + (reads / million) * listPrices.millionReadUnits) * each;
  return { compute, requests, state, total: compute + requests + state };
};

/** Events a second of processor time, what the start took apart: an engine that always runs starts once. */
export const perCore = ({ events, cpuSeconds, startCpuSeconds = 0 }: Pick<EngineRun, 'events' | 'cpuSeconds'> & { readonly startCpuSeconds?: number }): number => events / (cpuSeconds - startCpuSeconds);

/** An engine that always runs, against the functions that do the same. */
export interface AlwaysOnCost {
  readonly month: number;
  /** What its smallest size takes, events a second. */
  readonly most: number;
  readonly atFullLoad: number;
  /** Beside it: what is paid for each event nevertheless. */
  readonly beside: number;
  readonly lambda: number;
  /** Events a second all day from which it is the cheaper one; null where it never is. */
  readonly cheaperFrom: number | null;
}

const secondsPerMonth = hoursPerMonth * 3600;

const alwaysOn = (month: number, most: number, beside: number, lambda: number): AlwaysOnCost => ({
  month, most, beside, lambda, atFullLoad: (month / (most * secondsPerMonth)) * million + beside,
  cheaperFrom: lambda > beside ? (month / (lambda - beside)) * million / secondsPerMonth : null,
});

/** The halves by functions, Spark against the first and Flink against the second. Objects are left out: both write the same to S3. */
export const costs = (validator: LambdaRun, aggregator: LambdaRun, spark: EngineRun, flink: FlinkRun) => {
  const { sparkWorkers, sparkWorkerDpu, sparkWorkerCores, flinkUnits, validatorMegabytes, aggregatorMegabytes } = deployed;
  const [byValidator, byAggregator, byPartials] = [lambdaCost(validator, validatorMegabytes, validator.events), lambdaCost(aggregator, aggregatorMegabytes, aggregator.events), lambdaCost(flink.partials, aggregatorMegabytes, flink.events)];
  return {
    validator: byValidator, aggregator: byAggregator, partials: byPartials,
    // One of the workers is the driver's.
    spark: alwaysOn(sparkWorkers * sparkWorkerDpu * listPrices.dpuHour * hoursPerMonth, perCore(spark) * sparkWorkerCores * (sparkWorkers - 1), 0, byValidator.total),
    flink: alwaysOn((flinkUnits + 1) * listPrices.flinkUnitHour * hoursPerMonth + flinkUnits * listPrices.flinkUnitStorageMonth, perCore(flink) * flinkUnits, byPartials.total, byAggregator.total),
  };
};
