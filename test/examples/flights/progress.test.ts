import { displayOn } from '../../../examples/flights/progress';

const screenOf = (isTTY: boolean) => {
  const written: string[] = [];
  const logged: string[] = [];
  const display = displayOn({ isTTY, columns: 60, write: (text) => { written.push(text); } }, (line) => { logged.push(line); });
  return { display, logged, text: () => written.join('') };
};
const phase = { name: 'import', usually: 60, summary: (rows: number) => `${rows} rows` };

beforeEach(() => { jest.useFakeTimers(); });
afterEach(() => { jest.useRealTimers(); });

/** Work that ends when it is told to. */
const held = <Result>() => {
  let settle: { readonly resolve: (result: Result) => void; readonly reject: (error: Error) => void } | undefined;
  const work = new Promise<Result>((resolve, reject) => { settle = { resolve, reject }; });
  return { work, end: (result: Result) => settle?.resolve(result), fail: (error: Error) => settle?.reject(error) };
};

describe('the display', () => {
  it('moves a bar on a terminal by what is done, and leaves a line that says what came of it', async () => {
    const { display, text, logged } = screenOf(true);
    const { work, end } = held<number>();
    const running = display.run({ ...phase, work: (report) => { report({ done: 3, total: 4, note: 'flights' }); return work; } });
    await jest.advanceTimersByTimeAsync(200);
    expect(text()).toContain('██████████████████░░░░░░  75%');
    end(40);
    expect(await running).toBe(40);
    expect(logged.at(-1)).toMatch(/^✔ import +0 s {2}40 rows$/u);
    expect(text().endsWith('\u001B[?25h')).toBe(true);
  });

  it('writes a line now and then where nothing can be redrawn', async () => {
    const { display, text } = screenOf(false);
    const { work, end } = held<number>();
    const running = display.run({ ...phase, work: (report) => { report({ done: 1, total: 2 }); return work; } });
    await jest.advanceTimersByTimeAsync(25_000);
    end(2);
    await running;
    expect(text().split('\n').map((line) => line.replaceAll(/ +/gu, ' ').trim())).toEqual(['… import', '… import 50% 10 s', '… import 50% 20 s', '✔ import 25 s 2 rows', '']);
    expect(text()).not.toContain('\u001B');
  });

  it('follows the time where nobody counts, and never says that it is done', async () => {
    const { display, text } = screenOf(true);
    void display.run({ ...phase, work: () => new Promise<number>(() => undefined) });
    await jest.advanceTimersByTimeAsync(600_000);
    const shares = [...text().matchAll(/(\d+)%/gu)].map(([, share]) => Number(share));
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
    expect(shares.at(-1)).toBeLessThan(100);
  });

  it('does not go back where a phase learns late how much there is', async () => {
    const { display, text } = screenOf(true);
    void display.run({ ...phase, work: async (report) => { await new Promise((resolve) => { setTimeout(resolve, 60_000); }); report({ done: 1, total: 100 }); return await new Promise<number>(() => undefined); } });
    await jest.advanceTimersByTimeAsync(120_000);
    const shares = [...text().matchAll(/(\d+)%/gu)].map(([, share]) => Number(share));
    expect(shares.at(-1)).toBeGreaterThan(50);
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
  });

  it('marks a phase that fails, and hands its error on', async () => {
    const { display, logged } = screenOf(true);
    const { work, fail } = held<number>();
    const running = display.run({ ...phase, work: () => work });
    fail(new Error('no room'));
    await expect(running).rejects.toThrow('no room');
    expect(logged.at(-1)).toMatch(/^✖ import/u);
  });

  it('shows nothing more of a phase that was let go of', async () => {
    const { display, text } = screenOf(true);
    const { work, end } = held<number>();
    const running = display.run({ ...phase, work: () => work });
    await jest.advanceTimersByTimeAsync(150);
    display.close();
    const before = text();
    await jest.advanceTimersByTimeAsync(500);
    end(1);
    await running;
    expect(text()).toBe(before);
  });

  it('keeps the seconds of each phase', async () => {
    const { display } = screenOf(false);
    const { work, end } = held<number>();
    const running = display.run({ ...phase, work: () => work });
    await jest.advanceTimersByTimeAsync(12_345);
    end(1);
    await running;
    expect(display.seconds()).toEqual({ import: 12.3 });
  });

  it('cuts lines at the edge of the terminal, since a line that wraps could not be taken back', async () => {
    const { display, text } = screenOf(true);
    void display.run({ ...phase, work: (report) => { report({ note: 'x'.repeat(200), below: ['y'.repeat(200)] }); return new Promise<number>(() => undefined); } });
    await jest.advanceTimersByTimeAsync(150);
    expect(Math.max(...text().split('\n').map((line) => line.length))).toBeLessThan(70);
  });
});
