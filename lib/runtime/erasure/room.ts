/** Lets work begin while there is room for it; what needs more than there is at all goes alone. */
export const roomOf = (most: number): (<Result>(needed: number, work: () => Promise<Result>) => Promise<Result>) => {
  let taken = 0;
  const waiting: { readonly needed: number; readonly begin: () => void }[] = [];
  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined && (taken === 0 || taken + next.needed <= most); next = waiting[0]) {
      waiting.shift();
      taken += next.needed;
      next.begin();
    }
  };
  return async (needed, work) => {
    await new Promise<void>((begin) => {
      waiting.push({ needed, begin });
      admit();
    });
    try {
      return await work();
    } finally {
      taken -= needed;
      admit();
    }
  };
};
