/** Runs a task for each member, at most so many at a time, whether or not some fail. */
export const settleAll = async <Member, Result>(members: readonly Member[], concurrency: number, task: (member: Member, index: number) => Promise<Result>): Promise<readonly PromiseSettledResult<Result>[]> => {
  const results: PromiseSettledResult<Result>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < members.length; index = next++) {
      const member = members[index];
      if (member === undefined) continue;
      const [settled] = await Promise.allSettled([task(member, index)]);
      results[index] = settled;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, members.length) }, worker));
  return results;
};
