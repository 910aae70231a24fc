import { styleText } from "node:util";
import type { CliDeps, CliOutput } from "./contract.ts";

const COLOURS = ["bold", "dim", "red", "green", "yellow", "cyan"] as const;

type Painter = Readonly<Record<(typeof COLOURS)[number], (text: string) => string>>;

function painter(colour: boolean): Painter {
  const paint = (format: (typeof COLOURS)[number]) => (text: string) =>
    colour && text !== "" ? styleText(format, text, { validateStream: false }) : text;
  return Object.fromEntries(COLOURS.map((format) => [format, paint(format)])) as Painter;
}

/** Where a command writes. Lines end by themselves; colour is decided once a stream. */
export interface Terminal {
  readonly paint: Painter;
  readonly paintError: Painter;
  line(text?: string): void;
  json(value: unknown): void;
  /** As it is, without a line end. */
  raw(text: string): void;
  errorLine(text: string): void;
  /** Resolves once everything is out, or cannot be: after it the process may exit. */
  flush(): Promise<void>;
  /** stdout failed for another reason than a reader that left; undefined: it did not. */
  readonly failure: Error | undefined;
}

/** Colour only on a terminal, and neither with `--no-color` nor with a non-empty NO_COLOR (no-color.org). */
export function wantsColour(stream: CliOutput, argv: readonly string[], deps: Pick<CliDeps, "env">): boolean {
  const end = argv.indexOf("--");
  const flags = end < 0 ? argv : argv.slice(0, end);
  if (stream.isTTY !== true || flags.includes("--no-color")) return false;
  return (deps.env.NO_COLOR ?? "") === "" && deps.env.TERM !== "dumb";
}

/** A reader that leaves (`fig history | head -1`) is no failure: what follows is dropped in silence. */
export function createTerminal(deps: CliDeps, argv: readonly string[]): Terminal {
  let failure: Error | undefined;
  let closed = false;
  const onOutError = (error: NodeJS.ErrnoException): void => {
    closed = true;
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") failure ??= error;
  };
  const onErrError = (): void => {};
  deps.stdout.on("error", onOutError);
  deps.stderr.on("error", onErrError);
  const raw = (text: string): void => {
    if (!closed) deps.stdout.write(text);
  };
  return {
    paint: painter(wantsColour(deps.stdout, argv, deps)),
    paintError: painter(wantsColour(deps.stderr, argv, deps)),
    line: (text = "") => raw(`${text}\n`),
    json: (value) => raw(`${JSON.stringify(value, null, 2)}\n`),
    raw,
    errorLine: (text) => void deps.stderr.write(`${text}\n`),
    async flush() {
      for (const stream of [deps.stdout, deps.stderr])
        await new Promise<void>((resolve) => void stream.write("", () => resolve()));
      // A stream's error comes after the callback of the write that failed.
      await new Promise<void>((resolve) => void setImmediate(resolve));
    },
    get failure() {
      return failure;
    },
  };
}
