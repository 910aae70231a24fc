import { messageOf } from "../domain/errors.ts";
import type { DemoDeps, DemoOptions } from "./contract.ts";
import { nextLines, summaryLines } from "./screen.ts";
import type { DemoSummary } from "./summary.ts";

interface Reporter {
  start(): void;
  /** No more redrawing; the terminal is as it was. Idempotent. */
  stop(): Promise<void>;
  final(summary: DemoSummary): void;
}

const LIVE_MS = 1_000;
const LOG_MS = 5_000;
const FIRST_MS = 1_000;

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR = "\x1b[2J\x1b[H";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** On a terminal the summary is redrawn in place each second; elsewhere it is a block every few seconds. */
export function createReporter(
  deps: DemoDeps,
  options: DemoOptions,
  file: string,
  ask: () => Promise<DemoSummary>,
): Reporter {
  const { screen } = deps;
  const live = screen.live && !options.json;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let shows = Promise.resolve();
  let blocks = 0;

  const show = async (): Promise<void> => {
    const summary = await ask();
    if (stopped) return;
    const lines = summaryLines(summary, screen);
    const next = nextLines(deps.command, file, summary, screen);
    if (live) {
      const all = [...lines, "", ...next];
      screen.write(HOME + all.map((line) => `${line}${CLEAR_LINE}`).join("\n") + CLEAR_BELOW);
      return;
    }
    const all = blocks++ === 0 ? [...lines, "", ...next] : lines;
    screen.write(`${all.join("\n")}\n\n`);
  };
  const tick = (): void => {
    // A failed look is not the end of the demo: the next one may see more.
    shows = show().catch((error: unknown) => deps.note(messageOf(error)));
    void shows.then(() => {
      if (!stopped) timer = setTimeout(tick, live ? LIVE_MS : LOG_MS);
    });
  };
  return {
    start() {
      if (options.json) return;
      if (live) screen.write(HIDE_CURSOR + CLEAR);
      timer = setTimeout(tick, FIRST_MS);
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      await shows;
      if (live) screen.write(CLEAR + SHOW_CURSOR);
    },
    final(summary) {
      if (options.json) screen.write(`${JSON.stringify(summary, null, 2)}\n`);
      else
        screen.write(
          `${[...summaryLines(summary, screen), "", "The demo is over; its state is gone."].join("\n")}\n`,
        );
    },
  };
}
