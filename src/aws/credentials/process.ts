import { type ChildProcess, spawn } from "node:child_process";
import type { AwsCredentials } from "../contract.ts";
import {
  jsonObject,
  MAX_CREDENTIAL_BYTES,
  noCredentials,
  type Surroundings,
  sentCredentials,
} from "./source.ts";

/** What Python's shlex.split takes apart a command by, as AWS's CLI does on POSIX. No shell reads it. */
const WORD = /'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^ \t\r\n'"\\]+/g;
const BETWEEN = /[ \t\r\n]+/y;

/** A command as its words; undefined: a quotation does not end, or there is nothing behind a backslash. */
export function commandWords(command: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < command.length) {
    BETWEEN.lastIndex = at;
    const gap = BETWEEN.exec(command)?.[0].length ?? 0;
    if (gap > 0) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += gap;
      continue;
    }
    WORD.lastIndex = at;
    const match = WORD.exec(command);
    if (match === null || match.index !== at) return undefined;
    const [part] = match;
    word = (word ?? "") + plain(part);
    at += part.length;
  }
  return word === undefined ? words : [...words, word];
}

function plain(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  // Within double quotes a backslash stands before these alone.
  if (part.startsWith('"')) return part.slice(1, -1).replace(/\\(["\\])/g, "$1");
  return part.startsWith("\\") ? part.slice(1) : part;
}

type Ran =
  | { readonly kind: "ended"; readonly code: number | null; readonly said: Buffer }
  | { readonly kind: "failed"; readonly why: string };

/** What it writes to stderr may have secrets, and is nobody's to read here. */
function started(program: string, words: readonly string[], env: Surroundings["environment"]): ChildProcess {
  return spawn(program, words, {
    ...{ env: { ...env }, stdio: ["ignore", "pipe", "ignore"], detached: true },
  });
}

/** Runs a program without a shell. Whatever it started ends with it. */
function run(
  [program = "", ...words]: readonly string[],
  { environment }: Surroundings,
  signal: AbortSignal,
): Promise<Ran> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const notStarted = (error: unknown) => {
      const { code = "error" } = error as NodeJS.ErrnoException;
      resolve({ kind: "failed", why: `could not be started (${code})` });
    };
    let child: ChildProcess;
    try {
      child = started(program, words, environment);
    } catch (error) {
      // What the system says at once: no folder, too many words.
      notStarted(error);
      return;
    }
    const stop = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It is gone.
      }
      child.stdout?.destroy();
    };
    const settle = (ran: Ran) => {
      signal.removeEventListener("abort", late);
      resolve(ran);
    };
    const late = () => {
      stop();
      settle({ kind: "failed", why: "did not end in time" });
    };
    if (signal.aborted) late();
    signal.addEventListener("abort", late, { once: true });
    child.on("error", (error) => {
      signal.removeEventListener("abort", late);
      notStarted(error);
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= MAX_CREDENTIAL_BYTES) return;
      stop();
      settle({ kind: "failed", why: `said more than ${MAX_CREDENTIAL_BYTES} bytes` });
    });
    child.on("close", (code) => {
      stop();
      settle({ kind: "ended", code, said: Buffer.concat(chunks) });
    });
  });
}

const REMEDY = "Run the credential_process of the profile by hand, as the front door's user.";

/** What the `credential_process` of a profile says (Version 1). Nothing of it is ever shown. */
export async function fromProcess(
  around: Surroundings,
  profile: string,
  command: string,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const where = `The credential_process of the profile ${profile}`;
  const words = commandWords(command);
  if (words === undefined || words.length === 0 || words[0] === "" || command.includes("\0"))
    throw noCredentials(`${where} is no command.`, "Write a program's path, and its words in quotes.");
  const ran = await run(words, around, signal);
  if (ran.kind === "failed") throw noCredentials(`${where} ${ran.why}.`, REMEDY);
  if (ran.code !== 0)
    throw noCredentials(
      `${where} ended with ${ran.code === null ? "a signal" : `code ${ran.code}`}.`,
      REMEDY,
    );
  const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration } = jsonObject(ran.said) ?? {};
  if (Version !== 1) throw noCredentials(`${where} did not say Version 1.`, REMEDY);
  const ends = Expiration === null || typeof Expiration === "string" ? (Expiration ?? undefined) : Expiration;
  const found = sentCredentials(
    {
      ...{ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
      token: SessionToken === null || SessionToken === "" ? undefined : SessionToken,
      // Of another kind than a text it is no time.
      expiration: ends === undefined || typeof ends === "string" ? ends : "",
    },
    where,
  );
  if (found.expiresMs !== undefined && found.expiresMs <= around.now())
    throw noCredentials(`${where} gave credentials that have ended.`, REMEDY);
  return found;
}
