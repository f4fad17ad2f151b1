import { executionNameOf, partKeyOf, type BatchReference } from '../../../core/dataset/batch';
import type { StepResult } from '../../../core/dataset/step';
import { runStep, type Step, type World } from '../../../lambdas/dataset-lander/steps';
import { airports, csv, referenceTo, worldWith, type MemoryWorld } from './fixture';

const steps: readonly Step[] = ['land', 'verify', 'commit'];

const run = (world: World, reference: BatchReference, step: Step): Promise<StepResult> =>
  runStep(world, { step, dataset: airports, reference, manifestHash: 'manifest-hash' });

/** The state machine: step after step while they are done. */
const pipeline = async (world: World, reference: BatchReference): Promise<StepResult> => {
  let result = await run(world, reference, 'land');
  for (const step of steps.slice(1)) if (result.outcome === 'done') result = await run(world, reference, step);
  return result;
};

const firstTaken = 1_000_000_000_000;

const worldOf = (content: string): MemoryWorld => worldWith({ [referenceTo(content).key]: content }, { now: firstTaken });

/** Everything that can be seen of a world afterwards, but for the moments at which things happened. */
const seen = async (world: MemoryWorld): Promise<unknown> => ({
  raw: [...world.rawObjects].map(([key, body]) => [key, body.toString('base64')]),
  quarantine: [...world.quarantineObjects].map(([key, body]) => [key, body.toString('base64')]),
  records: (await world.records.list('airports@v1')).map(({ attempt: _attempt, committedAt: _committedAt, ...record }) => record),
});

class Killed extends Error {}

/** The world, but the process is killed at its `fatal`-th effect: before it, or after it has happened and before anybody hears of it. */
const killedAt = (world: MemoryWorld, fatal: number, when: 'before' | 'after'): { world: World; effects: () => number } => {
  let effects = 0;
  const guarded = <Input extends readonly unknown[], Output>(effect: (...input: Input) => Promise<Output>) => async (...input: Input): Promise<Output> => {
    effects += 1;
    if (effects === fatal && when === 'before') throw new Killed();
    const output = await effect(...input);
    if (effects === fatal) throw new Killed();
    return output;
  };
  return {
    effects: () => effects,
    world: {
      ...world,
      putRaw: guarded(world.putRaw),
      putQuarantine: guarded(world.putQuarantine),
      records: { ...world.records, begin: guarded(world.records.begin), move: guarded(world.records.move) },
    },
  };
};

describe('a batch', () => {
  it('is landed, verified and committed', async () => {
    const world = worldOf(csv);
    await expect(pipeline(world, referenceTo(csv))).resolves.toMatchObject({ outcome: 'done', rows: 2, rejected: 3 });
    await expect(world.records.list('airports@v1')).resolves.toMatchObject([{ status: 'committed', rows: 2, rejected: 3, committedAt: expect.any(Number) }]);
  });

  it('changes nothing more when it is run twice', async () => {
    const world = worldOf(csv);
    await pipeline(world, referenceTo(csv));
    const [before] = await world.records.list('airports@v1');
    const once = await seen(world);
    await expect(pipeline(world, referenceTo(csv))).resolves.toMatchObject({ outcome: 'committed' });
    await expect(pipeline(world, referenceTo(csv, 2))).resolves.toMatchObject({ outcome: 'committed' });
    await expect(seen(world)).resolves.toEqual(once);
    await expect(world.records.list('airports@v1')).resolves.toEqual([before]);
  });

  it('ends the same when it is killed at any effect and run again, by a retry or by a new attempt', async () => {
    const undisturbed = worldOf(csv);
    const counting = killedAt(undisturbed, 0, 'before');
    await pipeline(counting.world, referenceTo(csv));
    const effects = counting.effects();
    expect(effects).toBeGreaterThan(7);
    const expected = await seen(undisturbed);
    for (const when of ['before', 'after'] as const) {
      for (const nextAttempt of [1, 2]) {
        for (let fatal = 1; fatal <= effects; fatal += 1) {
          const clock = { now: firstTaken };
          const world = worldWith({ [referenceTo(csv).key]: csv }, clock);
          await expect(pipeline(killedAt(world, fatal, when).world, referenceTo(csv))).rejects.toThrow(Killed);
          // Once a batch was taken in, its arrival stays, however much later it is tried again.
          if (fatal > 1 || when === 'after') clock.now += 3_600_000;
          await expect(pipeline(world, referenceTo(csv, nextAttempt))).resolves.toMatchObject({ outcome: expect.stringMatching(/^(done|committed)$/u) });
          await expect(seen(world)).resolves.toEqual(expected);
        }
      }
    }
  });

  it('never says landed before its rows are in raw', async () => {
    const world = worldOf(csv);
    const log: string[] = [];
    const told: World = {
      ...world,
      putRaw: async (object) => { await world.putRaw(object); log.push('raw'); },
      putQuarantine: async (object) => { await world.putQuarantine(object); log.push('quarantine'); },
      records: { ...world.records, move: async (reference, from, change) => { log.push(change.status); return world.records.move(reference, from, change); } },
    };
    await pipeline(told, referenceTo(csv));
    expect(log.lastIndexOf('raw')).toBeLessThan(log.indexOf('landed'));
    expect(log.lastIndexOf('quarantine')).toBeLessThan(log.indexOf('landed'));
    expect(log.slice(-3)).toEqual(['landed', 'verified', 'committed']);
  });

  it('is left to a later attempt by an earlier one that wakes up again', async () => {
    const world = worldOf(csv);
    await run(world, referenceTo(csv, 1), 'land');
    await run(world, referenceTo(csv, 2), 'land');
    await expect(run(world, referenceTo(csv, 1), 'verify')).resolves.toMatchObject({ outcome: 'superseded' });
    await expect(run(world, referenceTo(csv, 1), 'commit')).resolves.toMatchObject({ outcome: 'superseded' });
    await expect(run(world, referenceTo(csv, 1), 'land')).resolves.toMatchObject({ outcome: 'superseded' });
    await expect(world.records.list('airports@v1')).resolves.toMatchObject([{ attempt: 2, status: 'landed' }]);
  });

  it('is refused, with the reason in its record, when its file does not fit, and a new attempt may mend it', async () => {
    const files: Record<string, string> = { [referenceTo(csv).key]: `${csv}torn` };
    const world = worldWith(files);
    await expect(pipeline(world, referenceTo(csv))).resolves.toMatchObject({ outcome: 'refused', refusal: expect.stringContaining('changed on its way') });
    await expect(world.records.list('airports@v1')).resolves.toMatchObject([{ status: 'refused', refusal: expect.stringContaining('changed on its way') }]);
    files[referenceTo(csv).key] = csv;
    await expect(pipeline(world, referenceTo(csv, 2))).resolves.toMatchObject({ outcome: 'done' });
    expect((await world.records.list('airports@v1'))[0]).not.toHaveProperty('refusal');
  });

  it('is refused when the quality gate says so, with its words in the record, and a new attempt is taken', async () => {
    const world = worldOf(csv);
    const reference = referenceTo(csv);
    for (const step of ['land', 'verify'] as const) await run(world, reference, step);
    const refused = await runStep(world, { step: 'refuse', dataset: airports, reference, manifestHash: 'manifest-hash', refusal: 'half of it is missing' });
    expect(refused).toEqual({ ...reference, outcome: 'refused', refusal: 'half of it is missing' });
    expect(await world.records.get(reference.dataset, reference.batch)).toMatchObject({ status: 'refused', refusal: 'half of it is missing' });
    expect(await pipeline(world, referenceTo(csv, 2))).toMatchObject({ outcome: 'done' });
  });

  it('is refused when its file is not there', async () => {
    await expect(pipeline(worldWith({}), referenceTo(csv))).resolves.toMatchObject({ outcome: 'refused', refusal: expect.stringContaining('is not in the landing bucket') });
  });

  it('is refused when what lies in raw is not what was landed', async () => {
    const world = worldOf(csv);
    await run(world, referenceTo(csv), 'land');
    world.rawObjects.set(partKeyOf(airports, referenceTo(csv).batch, 0), Buffer.from('torn'));
    await expect(run(world, referenceTo(csv), 'verify')).resolves.toMatchObject({ outcome: 'refused' });
    await expect(run(world, referenceTo(csv), 'commit')).rejects.toThrow('is refused where committed was expected');
  });

  it('has an execution name that tells its attempt', () => {
    expect(executionNameOf(referenceTo(csv, 3))).toMatch(/^airports-v1-[0-9a-f]{16}\.3$/u);
  });
});
