import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRows, scoringProblem } from '../../../cli/scoring/score-model';
import { projectIn } from '../../../cli/project';
import { lateArrival, manifest } from '../../fixtures/flights';

const now = Date.parse('2001-06-01T12:00:00Z');

describe('a request for predictions that cannot be taken in', () => {
  it.each([
    ['asks for the entities of a model of two slots', {}, /The model late_arrival@v1 has the slots origin, destination: which entities belong together, only a file of rows says\./u],
    ['asks for a moment that is not over', { file: __filename, at: now + 1 }, /--at 2001-06-01T12:00:00\.001Z is later than now/u],
    ['names a file that is not there', { file: '/nowhere/rows.csv' }, /There is no file \/nowhere\/rows\.csv/u],
    ['names a file of no format', { file: __filename }, /The format of .* is not known/u],
  ])('and %s is told before anything is begun', (_what, options, problem) => {
    expect(scoringProblem(lateArrival, options, now)).toMatch(problem);
  });

  it('is none where all is there', () => {
    const { origin = '' } = lateArrival.entities;
    expect(scoringProblem({ ...lateArrival, entities: { origin }, request: {} }, { at: now }, now)).toBeUndefined();
  });
});

describe('a file of rows to be predicted', () => {
  const home = mkdtempSync(join(tmpdir(), 'headrace-scoring-'));
  afterAll(() => { rmSync(home, { recursive: true, force: true }); });
  const context = { project: { ...projectIn(), home }, manifest };
  const header = 'origin.iata,destination.iata,distance,departureHour,departureWeekday';
  const rows = (text: string): string => {
    const file = join(home, 'rows.csv');
    writeFileSync(file, text);
    return file;
  };

  it('is taken when it holds rows of the model', async () => {
    await expect(checkRows(context, lateArrival, rows(`${header}\nJFK,ORD,740,10,3\n`), now)).resolves.toBeUndefined();
  });

  it.each([
    ['lacks a column', 'origin.iata,distance\nJFK,740\n', undefined, /does not hold rows of the model late_arrival@v1: the key iata of the airport in the slot destination is missing/u],
    ['has moments beside the one that was given for all', `${header},moment\nJFK,ORD,740,10,3,2001-06-01T12:00:00Z\n`, now, /one moment was given for all rows, and the column moment gives each its own/u],
    ['cannot be read', 'a,b\n1,2,3,4,"\n', undefined, /could not be read as csv/u],
  ])('that %s is wrong use, told before anything is begun', async (_what, text, at, message) => {
    await expect(checkRows(context, lateArrival, rows(text), at)).rejects.toMatchObject({ message: expect.stringMatching(message) as string, exitCode: 2 });
  });
});
