import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const FIG = fileURLToPath(new URL("../../bin/fig", import.meta.url));

/** A child process whose first line of JSON on stdout has been read. */
export interface ReadyProcess<Ready> {
  readonly ready: Ready;
  readonly pid: number;
  /** Everything printed so far, both streams. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, whoever ended it. */
  readonly ended: Promise<number | null>;
  /** SIGTERM; resolves with the exit code. Idempotent. */
  stop(): Promise<number | null>;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
  });
}

/** Starts a Node script and waits for the first line of JSON on its stdout; fails with what it printed. */
export function startNode<Ready>(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** In a group of its own, as a terminal has it. */
    readonly detached?: boolean;
  } = {},
): Promise<ReadyProcess<Ready>> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    detached: options.detached ?? false,
  });
  const exited = exitOf(child);
  let output = "";
  let stdout = "";
  const stop = () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    return exited;
  };
  return new Promise((resolve, reject) => {
    let settled = false;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (settled) return;
      stdout += text;
      for (const line of stdout.split("\n").slice(0, -1)) {
        if (!line.startsWith("{")) continue;
        settled = true;
        resolve({
          ready: JSON.parse(line) as Ready,
          pid: child.pid as number,
          output: () => output,
          signal: (name) => child.kill(name),
          ended: exited,
          stop,
        });
        return;
      }
    });
    child.once("error", reject);
    void exited.then((code) => reject(new Error(`${args.join(" ")} ended with ${code}:\n${output}`)));
  });
}

export interface FigReady {
  readonly url: string;
  readonly urls: readonly string[];
  readonly adminUrl: string;
}

export function startFig(
  config: string,
  env: Readonly<Record<string, string>> = {},
  options: { readonly detached?: boolean } = {},
): Promise<ReadyProcess<FigReady>> {
  return startNode<FigReady>([FIG, "serve", "-c", config], { env, ...options });
}

/** Runs a fig command to its end. */
export async function runFig(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [FIG, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}

/** Asks the admin API; fails with the answer's body unless it is a 2xx. */
export async function askAdmin<Answer>(
  adminUrl: string,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<Answer> {
  const answer = await fetch(new URL(`/api/v1${path}`, adminUrl), {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as Answer;
}
