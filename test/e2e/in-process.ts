/**
 * A front door and commands of this very process, for tests whose matter is not the process: a start of `fig` reads and compiles all of
 * it again, which is more than most of them do afterwards. Their names and answers are those of fig-process.ts.
 */
import { Readable, Writable } from "node:stream";
import { runCli } from "../../src/cli/run-cli.ts";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { commandDeps } from "../../src/main.ts";
import type { FigReady } from "./fig-process.ts";

export interface ReadyDoor {
  readonly ready: FigReady;
  readonly front: FrontDoor;
  /** Drains and closes it. Idempotent. */
  stop(): Promise<void>;
}

export async function startFig(
  config: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ReadyDoor> {
  const front = new FrontDoor(config, { env: { ...process.env, ...env }, quiet: true });
  const ready = await front.listen();
  let closed: Promise<unknown> | undefined;
  return {
    ready,
    front,
    async stop() {
      closed ??= front.close();
      await closed;
    },
  };
}

class Printed extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs a command to its end. */
export async function runFig(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const [stdout, stderr] = [new Printed(), new Printed()];
  const deps = {
    ...commandDeps(),
    env: { ...process.env, ...env },
    stdin: Readable.from([]),
    stdout,
    stderr,
  };
  const code = await runCli(args, deps);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
