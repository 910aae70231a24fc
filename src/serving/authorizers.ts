import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { homedir } from "node:os";
import { HttpAsker } from "../asking/http-asker.ts";
import { createAws } from "../aws/aws.ts";
import type { Aws, InvokeFunction } from "../aws/contract.ts";
import { createCredentials } from "../aws/credentials/refreshed.ts";
import { createInvoke } from "../aws/lambda-invoke.ts";
import type { Clock } from "../domain/clock.ts";
import type { Identity } from "../domain/identity.ts";
import { VerdictCache } from "../layers/authorizer/kept-verdicts.ts";
import type { AuthorizerCounts, Authorizers } from "../layers/contract.ts";
import type { Log } from "../observe/contract.ts";
import type { ApiKeyRing } from "./api-key-ring.ts";

/** Between two lines of the log about one route's authorizer. */
const LOG_MS = 10_000;
/** Routes of which is known when something was said of them. */
const MAX_SAID = 1_000;
/** A file of credentials, or of a token, is shorter. */
const MAX_SECRET_FILE_BYTES = 1024 * 1024;

interface AuthorizersHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly apiKeys: Pick<ApiKeyRing, "holder">;
}

/** What all authorizers of this process have in common: connections, credentials, and what was answered. */
export class ServingAuthorizers implements Authorizers {
  readonly invoke: InvokeFunction;
  /** How all else of AWS's is asked, with the same credentials and the same clock. */
  readonly aws: Aws;
  readonly counts: AuthorizerCounts = { calls: {}, cache: {}, limits: {}, underWay: 0, waiting: 0 };
  readonly kept: VerdictCache;
  private readonly asker = new HttpAsker();
  private readonly host: AuthorizersHost;
  private readonly said = new Map<string, number>();

  constructor(host: AuthorizersHost) {
    const { clock, environment } = host;
    const { ask } = this.asker;
    this.host = host;
    const credentialsOf = createCredentials({
      ...{ environment, ask, now: clock.now },
      readFile: readSecret,
      homeFolder: environment.HOME || homedir(),
    });
    const tools = { ask, credentialsOf, environment, now: clock.now };
    this.aws = createAws(tools);
    this.invoke = createInvoke(tools, this.aws);
    const nowMs = () => clock.micros() / 1000;
    const { limits } = this.counts;
    const onEvicted = () => {
      limits.kept = (limits.kept ?? 0) + 1;
    };
    this.kept = new VerdictCache({ nowMs, onEvicted });
  }

  get ask() {
    return this.asker.ask;
  }

  failed(route: string, detail: string): void {
    const now = this.host.clock.now();
    if (now - (this.said.get(route) ?? 0) < LOG_MS) return;
    if (this.said.size > MAX_SAID) this.said.clear();
    this.said.set(route, now);
    this.host.log.warn({ route, detail }, "an authorizer could not be asked, or gave no usable answer");
  }

  apiKey(value: string): Identity["apiKey"] {
    return this.host.apiKeys.holder(value);
  }

  close(): void {
    this.asker.close();
  }
}

/** Of a device or a pipe nobody knows when it ends, or whether it begins. */
export async function readSecret(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const seen = await file.stat();
    if (!seen.isFile() && !seen.isDirectory()) throw new Error("it is no file");
    if (seen.size > MAX_SECRET_FILE_BYTES) throw new Error("it is too long");
    const buffer = Buffer.alloc(MAX_SECRET_FILE_BYTES + 1);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < buffer.length; bytes += read)
      ({ bytesRead: read } = await file.read(buffer, bytes));
    if (bytes > MAX_SECRET_FILE_BYTES) throw new Error("it is too long");
    return buffer.toString("utf8", 0, bytes);
  } finally {
    await file.close();
  }
}

/** What /metrics says of them. */
export function authorizerGauges({ counts, kept }: ServingAuthorizers) {
  const { calls, cache, limits, underWay, waiting } = counts;
  return {
    authorizerCalls: { ...calls },
    authorizerCache: { ...cache },
    authorizerLimits: { ...limits },
    authorizerQuestions: { asked: underWay, waiting },
    authorizerBytesKept: kept.bytes,
  };
}
