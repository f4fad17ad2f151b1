import { dependenciesOf } from '../dataset/dependencies';
import { scheduleProblems } from '../dataset/schedule';
import type { ExpectationNode } from '../definition/node';
import { columnsExpected } from '../expression/columns-read';
import type { DefinitionProblem } from './check';
import type { DatasetDefinition, Manifest } from './manifest';
import { versionedName } from './manifest';

const shareProblem = (share: number): readonly string[] => (share >= 0 && share < 1 ? [] : [`allows the share ${share}; a share is from 0 to less than 1, such as 0.01 for one row in a hundred`]);

const boundsProblem = ({ atLeast, atMost, ofUsual }: Extract<ExpectationNode, { kind: 'rowCount' }>): readonly string[] => {
  if (atLeast === undefined && atMost === undefined && ofUsual === undefined) return ['has no bounds; say atLeast, atMost or ofUsual'];
  if (ofUsual !== undefined && !(ofUsual[0] >= 0 && ofUsual[0] <= ofUsual[1])) return [`has ofUsual [${ofUsual.join(', ')}]; the lower multiple comes first, such as [0.5, 2]`];
  return atLeast !== undefined && atMost !== undefined && atLeast > atMost ? [`has atLeast ${atLeast} above atMost ${atMost}`] : [];
};

const problemsOf = (expectation: ExpectationNode, dataset: DatasetDefinition, { datasets }: Pick<Manifest, 'datasets'>): readonly string[] => {
  const problems = columnsExpected(expectation).filter((name) => dataset.fields[name] === undefined).map((name) => `reads the column '${name}'; its fields are ${Object.keys(dataset.fields).join(', ')}`);
  if ('atMost' in expectation && expectation.kind !== 'rowCount') problems.push(...shareProblem(expectation.atMost));
  if (expectation.kind === 'rowCount') problems.push(...boundsProblem(expectation));
  if (expectation.kind === 'fresh' && !/^[1-9]\d*[mhd]$/u.test(expectation.within)) problems.push(`has the width '${expectation.within}'; allowed are minutes, hours and days such as '30m', '6h' and '2d'`);
  if (expectation.kind === 'steady' && !(expectation.within > 0)) problems.push(`allows a difference of ${expectation.within}; it must be above 0, such as 0.2`);
  // What they say of a batch is a value of one row, or close to it.
  if ((expectation.kind === 'fresh' || expectation.kind === 'steady') && columnsExpected(expectation).some((name) => dataset.fields[name]?.personal)) problems.push('reads a personal field, of which no value is kept or told; take another column');
  if (expectation.kind === 'references') {
    const other = datasets[versionedName(expectation.dataset)];
    if (other === undefined) problems.push(`refers to the dataset ${versionedName(expectation.dataset)}, which is not among the definitions: export it from definitions/index.ts`);
    else if (other.name === dataset.name) problems.push('refers to its own dataset, whose table holds the batch before; compare columns of one row with `holds`');
    else if (other.fields[expectation.column] === undefined) problems.push(`refers to the column '${expectation.column}' of ${other.name}, whose fields are ${Object.keys(other.fields).join(', ')}`);
  }
  return problems;
};

/** Datasets that wait for each other: each for the next, and the last for the first. */
const circleFrom = (start: DatasetDefinition, datasets: readonly DatasetDefinition[]): readonly string[] | undefined => {
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return name === start.name ? [...path, name] : undefined;
    const next = datasets.filter((each) => each.name === name).flatMap((each) => dependenciesOf(each, { datasets: Object.fromEntries(datasets.map((one) => [versionedName(one), one])) }).map((one) => one.name));
    for (const each of next) {
      const circle = visit(each, [...path, name]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  return visit(start.name, []);
};

/** What is wrong with the expectations, the schedules and the dependencies of datasets and that the type checker cannot see. */
export const checkExpectations = (manifest: Pick<Manifest, 'datasets'>): readonly DefinitionProblem[] => Object.entries(manifest.datasets).flatMap(([name, dataset]) => {
  const { expects = [] } = dataset;
  const definition = `dataset ${name}`;
  const problems = expects.flatMap((each, index) => {
    const twice = expects.findIndex((other) => other.name === each.name) < index ? ['is there twice; their results could not be told apart: put it into words of its own with `holds`'] : [];
    return [...twice, ...problemsOf(each, dataset, manifest)].map((problem) => ({ definition, problem: `expects '${each.name}', which ${problem}` }));
  });
  problems.push(...(dataset.schedule === undefined ? [] : scheduleProblems(dataset.schedule)).map((problem) => ({ definition, problem })));
  for (const other of dataset.after ?? []) if (!Object.values(manifest.datasets).some((each) => each.name === other)) problems.push({ definition, problem: `waits for the dataset ${other}, which is not among the definitions: export it from definitions/index.ts` });
  const circle = circleFrom(dataset, Object.values(manifest.datasets));
  return circle === undefined ? problems : [...problems, { definition, problem: `waits for itself (${circle.join(' → ')}); take one of them away` }];
});
