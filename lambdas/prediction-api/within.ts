/** Waits for work, but no longer than a limit: what is late goes on and is not waited for. */
export const within = async <Value>(work: Promise<Value>, limitMilliseconds: number): Promise<Value | 'late'> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => { timer = setTimeout(resolve, limitMilliseconds, 'late'); });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
