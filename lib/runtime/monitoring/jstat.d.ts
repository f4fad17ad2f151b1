/** What is used of jstat, which has no types of its own. */
declare module 'jstat' {
  export const jStat: { readonly chisquare: { readonly cdf: (value: number, degreesOfFreedom: number) => number } };
}
