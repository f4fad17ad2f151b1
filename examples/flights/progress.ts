/** How far a phase is; `note` says it in words. Without `done` and `total` the bar follows the time that the phase usually takes. */
export interface Progress {
  readonly done?: number;
  readonly total?: number;
  readonly note?: string;
  /** Lines below the bar; only a terminal shows them. */
  readonly below?: readonly string[];
}

export type Report = (progress: Progress) => void;

export interface Phase<Result> {
  readonly name: string;
  /** Seconds that it takes on a laptop. */
  readonly usually: number;
  readonly work: (report: Report) => Promise<Result>;
  readonly summary: (result: Result) => string;
}

export interface Display {
  /** Runs a phase and shows it; the seconds that it took are kept under its name. */
  readonly run: <Result>(phase: Phase<Result>) => Promise<Result>;
  /** Writes lines that stay. */
  readonly say: (...lines: readonly string[]) => void;
  readonly seconds: () => Readonly<Record<string, number>>;
  /** Lets go of the phase that runs, which is broken off: what is shown of it stays as it is. */
  readonly close: () => void;
}

/** Where progress goes: stderr, or a test's own. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
}

const nameWidth = 22;
const barWidth = 24;
const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const redrawEvery = 100;
/** Milliseconds between lines where nothing can be redrawn. */
const lineEvery = 10_000;
const showCursor = '\u001B[?25h';
const hideCursor = '\u001B[?25l';
const clearBelow = '\u001B[0J';

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return '█'.repeat(full) + '░'.repeat(barWidth - full);
};

/** Share of a phase that is done. By time it is three quarters when the phase usually ends, and never the whole, since nobody knows where that is. */
const shareOf = ({ done, total }: Progress, elapsed: number, usually: number): number =>
  done !== undefined && total !== undefined && total > 0 ? done / total : elapsed / (elapsed + usually * 1000 / 3);

const secondsText = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;

/**
 * Shows phases: on a terminal a bar that moves, elsewhere a line now and then.
 *
 * @param log also takes every line that stays, for the log file
 */
export const displayOn = (screen: Screen, log: (line: string) => void): Display => {
  const terminal = screen.isTTY === true;
  const seconds: Record<string, number> = {};
  let drawn = 0;
  let shown = 0;

  /** Takes away what was drawn, and writes what follows. */
  const redraw = (text: string, lines: number): void => {
    screen.write(`${drawn > 0 ? `\u001B[${drawn}A\r${clearBelow}` : ''}${text}`);
    drawn = lines;
  };
  const draw = (lines: readonly string[]): void => {
    const width = (screen.columns ?? 80) - 1;
    redraw(lines.map((line) => `${line.slice(0, width)}\n`).join(''), lines.length);
  };
  const say = (...lines: readonly string[]): void => {
    redraw(lines.map((line) => `${line}\n`).join(''), 0);
    for (const line of lines) log(line);
  };

  const run = async <Result>({ name, usually, work, summary }: Phase<Result>): Promise<Result> => {
    const started = Date.now();
    shown += 1;
    const place = shown;
    const isShown = (): boolean => place === shown;
    let progress: Progress = {};
    let furthest = 0;
    let frame = 0;
    const current = (): string => {
      const elapsed = Date.now() - started;
      // A phase that learns late how much there is does not go back.
      furthest = Math.max(furthest, shareOf(progress, elapsed, usually));
      const share = furthest;
      return `${name.padEnd(nameWidth)} ${terminal ? bar(share) : ''} ${String(Math.floor(share * 100)).padStart(3)}%  ${secondsText(elapsed).padStart(5)}  ${progress.note ?? ''}`;
    };
    const show = (): void => {
      frame += 1;
      if (!isShown()) return;
      if (terminal) draw([`${spinner[frame % spinner.length]} ${current()}`, ...(progress.below ?? [])]);
      else screen.write(`… ${current()}\n`);
    };
    log(`${name} …`);
    if (terminal) screen.write(hideCursor);
    else screen.write(`… ${name}\n`);
    const timer = setInterval(show, terminal ? redrawEvery : lineEvery);
    try {
      const result = await work((next) => { progress = { ...progress, ...next }; });
      if (isShown()) say(`✔ ${name.padEnd(nameWidth)} ${secondsText(Date.now() - started).padStart(5)}  ${summary(result)}`);
      return result;
    } catch (error) {
      if (isShown()) say(`✖ ${name.padEnd(nameWidth)} ${secondsText(Date.now() - started).padStart(5)}`);
      throw error;
    } finally {
      clearInterval(timer);
      if (terminal && isShown()) screen.write(showCursor);
      seconds[name] = Math.round((Date.now() - started) / 100) / 10;
    }
  };

  return { run, say, seconds: () => ({ ...seconds }), close: () => {
    shown += 1;
    // Ctrl-C makes a terminal throw away what it had not shown yet: how many lines there are, nobody knows.
    drawn = 0;
    if (terminal) screen.write(`\n${showCursor}`);
  } };
};
