import type { Elf } from './elf';

const highest = (needs: readonly string[], prefix: string): readonly number[] =>
  needs.filter((need) => need.startsWith(prefix)).map((need) => need.slice(prefix.length).split('.').map(Number))
    .sort(([a = 0, b = 0, c = 0], [x = 0, y = 0, z = 0]) => a - x || b - y || c - z).at(-1) ?? [0];

const atMost = (version: readonly number[], [a = 0, b = 0, c = 0]: readonly number[]): boolean => {
  const [x = 0, y = 0, z = 0] = version;
  return x < a || (x === a && (y < b || (y === b && z <= c)));
};

/** What of a binary's needs Amazon Linux 2023 does not have, which Lambda's runtimes are made of: glibc 2.34 and the C++ library of GCC 11. */
export const beyondAmazonLinux = ({ needs }: Elf): readonly string[] =>
  ([['GLIBC_', [2, 34]], ['GLIBCXX_', [3, 4, 29]]] as const).flatMap(([prefix, limit]) => {
    const version = highest(needs, prefix);
    return atMost(version, limit) ? [] : [`${prefix}${version.join('.')}`];
  });
