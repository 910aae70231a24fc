import type { Status } from "../control/contract.ts";
import { figErrorOf, messageOf } from "../domain/errors.ts";
import { printable } from "../domain/printable.ts";
import type { CliContext } from "./command.ts";
import type { CliSignal } from "./contract.ts";
import { EXIT } from "./exit-codes.ts";
import { look } from "./look.ts";
import type { StatusOptions } from "./options.ts";
import { Pager } from "./pager.ts";
import { printStatus, standText } from "./status-text.ts";
import { onTarget } from "./target.ts";

/** The alternate screen, without cursor and line wrap; and back. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const TO_LINE_END = "\x1b[K";
const TO_SCREEN_END = "\x1b[J";
const CTRL_C = "\x03";

interface Look {
  /** Undefined: nobody could be asked; `lines` say why. */
  readonly report: Status | undefined;
  readonly lines: readonly string[];
}

/** Looks again and again until the user, or a signal, ends it; resolves with the exit code. A look that fails is shown, and the next one may not. */
export async function watchStatus(
  context: CliContext,
  options: StatusOptions,
  everyMs: number,
): Promise<number> {
  const { stdin, stdout } = context.deps;
  const screen = stdout.isTTY === true && stdin.isTTY === true && options.json !== true;
  // Wrong files and the like end it before it begins.
  const first = await lookOnce(context, options);
  const show = screen
    ? fullScreen(context, everyMs)
    : options.json === true
      ? jsonLines(context)
      : changes(context);
  const over = Promise.withResolvers<number>();
  // A reader that leaves, as in `| head -1`, has seen enough.
  stdout.on("error", () => over.resolve(EXIT.done));
  const release = [
    onSignal(context, "SIGINT", 130, over.resolve),
    onSignal(context, "SIGTERM", 143, over.resolve),
    ...(screen
      ? [
          onKeys(
            context,
            () => over.resolve(EXIT.done),
            (keys) => show.type?.(keys),
          ),
        ]
      : []),
  ];
  let ended: number | undefined;
  void over.promise.then((code) => {
    ended = code;
  });
  try {
    show.draw(first);
    for (;;) {
      await pause(everyMs, over.promise);
      if (ended !== undefined) break;
      const look = await Promise.race([lookAgain(context, options), over.promise]);
      if (typeof look === "number") break;
      show.draw(look);
    }
    return await over.promise;
  } finally {
    for (const each of release) each();
    show.end();
  }
}

interface Show {
  draw(look: Look): void;
  /** Keys other than those that end it. */
  type?(keys: string): void;
  end(): void;
}

/** One status as lines, notes and errors included: on a screen of its own nothing else may write. */
async function lookOnce(context: CliContext, options: StatusOptions): Promise<Look> {
  const lines: string[] = [];
  const add = (text = ""): void => void lines.push(...text.split("\n"));
  const caught: CliContext = { ...context, terminal: { ...context.terminal, line: add, errorLine: add } };
  const report = await onTarget(caught, options, "read", async (target) => {
    const seen = await look(target, options);
    printStatus(caught, seen, target.where, options.route !== undefined);
    return seen.report;
  });
  return { report, lines };
}

async function lookAgain(context: CliContext, options: StatusOptions): Promise<Look> {
  try {
    return await lookOnce(context, options);
  } catch (error) {
    const message = messageOf(error);
    const text = `! ${figErrorOf(error)?.code ?? "internal"}: ${printable(message)}`;
    return { report: undefined, lines: [context.terminal.paint.red(text)] };
  }
}

function fullScreen({ deps, terminal }: CliContext, everyMs: number): Show {
  let last: Look | undefined;
  const pager = new Pager();
  /** For lines: the title takes one, and so does what says that there are more. */
  const roomFor = (lines: readonly string[]): number => {
    const room = Math.max(2, deps.stdout.rows ?? 24) - 1;
    return lines.length <= room ? room : Math.max(1, room - 1);
  };
  const redraw = (): void => {
    if (last === undefined) return;
    const room = roomFor(last.lines);
    const shown = pager.shown(last.lines, room);
    const from = pager.firstShown;
    const title = terminal.paint.dim(
      `${new Date(deps.clock.now()).toISOString()}, every ${everyMs / 1000} s; q ends`,
    );
    const more =
      shown.length === last.lines.length
        ? []
        : [
            terminal.paint.dim(
              `lines ${from} to ${from + shown.length - 1} of ${last.lines.length}; ↓ ↑ space b g G scroll`,
            ),
          ];
    const text = [title, ...shown, ...more].join(`${TO_LINE_END}\r\n`);
    terminal.raw(`${HOME}${text}${TO_LINE_END}${TO_SCREEN_END}`);
  };
  terminal.raw(ENTER);
  deps.stdout.on("resize", redraw);
  return {
    draw(look) {
      last = look;
      redraw();
    },
    type(keys) {
      if (last !== undefined && pager.type(keys, last.lines.length, roomFor(last.lines))) redraw();
    },
    end() {
      deps.stdout.off("resize", redraw);
      terminal.raw(LEAVE);
    },
  };
}

function jsonLines({ terminal }: CliContext): Show {
  return {
    draw({ report, lines }) {
      if (report === undefined) for (const line of lines) terminal.errorLine(line);
      else terminal.raw(`${JSON.stringify(report)}\n`);
    },
    end: () => {},
  };
}

/** What a pipe or a log gets: a line when a route stands elsewhere, and when something is wrong or no longer is. */
function changes({ deps, terminal }: CliContext): Show {
  let known = new Map<string, string>();
  return {
    draw({ report, lines }) {
      const found = new Map<string, string>();
      if (report === undefined) found.set(lines.join(" "), "wrong");
      for (const problem of report?.problems ?? []) found.set(`! ${printable(problem)}`, "wrong");
      for (const route of report?.routes ?? []) {
        const by =
          route.lastShift === null
            ? ""
            : `, r${route.lastShift.revision} by ${printable(route.lastShift.by)}`;
        found.set(printable(route.id), `${route.phase}, ${standText(route)}${by}`);
      }
      const at = new Date(deps.clock.now()).toISOString();
      for (const [what, how] of found)
        if (known.get(what) !== how) terminal.line(`${at} ${what}${how === "wrong" ? "" : `: ${how}`}`);
      for (const [what, how] of known) {
        if (found.has(what)) continue;
        // While nobody answers, nothing is known to have gone.
        if (how === "wrong") terminal.line(`${at} no longer: ${what}`);
        else if (report === undefined) found.set(what, how);
        else terminal.line(`${at} ${what}: gone from the files`);
      }
      known = found;
    },
    end: () => {},
  };
}

function pause(ms: number, over: Promise<number>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void over.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function onSignal(
  context: CliContext,
  name: CliSignal,
  code: number,
  end: (code: number) => void,
): () => void {
  return context.deps.onSignal(name, () => end(code));
}

/** q, Q and Ctrl-C, which in raw mode is a key like others; the rest goes to `type`. */
function onKeys({ deps: { stdin } }: CliContext, quit: () => void, type: (keys: string) => void): () => void {
  const onData = (data: Buffer | string): void => {
    if (/[qQ]/.test(String(data)) || String(data).includes(CTRL_C)) quit();
    else type(String(data));
  };
  stdin.setRawMode?.(true);
  stdin.on("data", onData);
  stdin.resume();
  return () => {
    stdin.off("data", onData);
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}
