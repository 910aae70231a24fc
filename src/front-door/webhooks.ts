import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Ask } from "../asking/contract.ts";
import { HttpAsker } from "../asking/http-asker.ts";
import type { GuardNotice } from "../control/guards/trips.ts";
import type { Clock } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";
import { MIN_WEBHOOK_SECRET_CHARS, type WebhookSettings } from "../domain/webhooks.ts";
import { listText } from "../domain/wording.ts";
import type { Log } from "../observe/contract.ts";
import { VERSION } from "../version.ts";

/** Notices under way or waiting for their next try, over all webhooks. More are dropped and counted. */
const MAX_WAITING = 100;
/** Tries of one notice, and the waits between them: two minutes in all. */
const TRIES = 8;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024;

interface WebhooksOptions {
  readonly settings: () => readonly WebhookSettings[];
  /** Which environment this is, for people. */
  readonly environment: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly firstWaitMs?: number;
}

/** What a notice says, in one sentence. */
function noticeText(notice: GuardNotice, environment: string | undefined): string {
  const { route, what, guard, seen, lowered, revision, door } = notice;
  const where = environment === undefined ? "" : `${environment}: `;
  if (what === "left")
    return `${where}${route} stays where it is: guards took it back as often as they may within a day, though ${guard}: ${seen}`;
  const to = listText(lowered.map((each) => `${each.route} to modern ${each.to.modern}`));
  const said = revision === null ? `on ${door} alone, the state store is away` : `revision ${revision}`;
  return `${where}a guard took back ${to} (${said}). ${guard}: ${seen}. It is held until \`fig resume ${route}\``;
}

function bodyOf({ format }: WebhookSettings, notice: GuardNotice, environment: string | undefined): string {
  const text = noticeText(notice, environment);
  if (format === "slack") return JSON.stringify({ text });
  return JSON.stringify({ type: "guard", ...notice, environment: environment ?? null, text });
}

/** Tells webhooks what guards did: in the background, each until it takes it. */
export class Webhooks {
  /** By result: `sent`, `failed` (a try), `given_up`, `dropped`. */
  readonly counts: Record<string, number> = {};
  private readonly options: WebhooksOptions;
  private readonly asker = new HttpAsker();
  private readonly ask: Ask = this.asker.ask;
  private readonly waits = new Set<NodeJS.Timeout>();
  private readonly ended = new AbortController();
  private waiting = 0;

  constructor(options: WebhooksOptions) {
    this.options = options;
  }

  send(notice: GuardNotice): void {
    const { settings, environment } = this.options;
    for (const webhook of settings()) {
      if (this.waiting >= MAX_WAITING) {
        this.count("dropped");
        continue;
      }
      this.waiting++;
      void this.deliver(webhook, notice.id, bodyOf(webhook, notice, environment())).finally(() => {
        this.waiting--;
      });
    }
  }

  close(): void {
    this.ended.abort();
    for (const wait of this.waits) clearTimeout(wait);
    this.asker.close();
  }

  private async deliver(webhook: WebhookSettings, id: string, body: string): Promise<void> {
    const { log, firstWaitMs = FIRST_WAIT_MS } = this.options;
    let why = "";
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await this.pause(Math.min(MAX_WAIT_MS, firstWaitMs * 2 ** (tries - 1)));
      if (this.ended.signal.aborted) return;
      const failed = await this.once(webhook, id, body);
      if (failed === undefined) {
        this.count("sent");
        return;
      }
      why = failed;
      this.count("failed");
    }
    this.count("given_up");
    // Its URL may hold a token.
    log.error(
      { host: new URL(webhook.url).host, id, why },
      "a webhook did not take a guard's notice: given up",
    );
  }

  /** Why it did not take it; undefined: it did. */
  private async once(webhook: WebhookSettings, id: string, body: string): Promise<string | undefined> {
    const timestamp = String(Math.floor(this.options.clock.now() / 1000));
    let secret: string | undefined;
    try {
      secret = await secretOf(webhook);
    } catch (error) {
      return `its secret cannot be read: ${messageOf(error)}`;
    }
    const reply = await this.ask({
      url: new URL(webhook.url),
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": `strangler-fig/${VERSION}`,
        "x-fig-id": id,
        "x-fig-timestamp": timestamp,
        ...(secret === undefined ? {} : { "x-fig-signature": signature(secret, timestamp, body) }),
      },
      body,
      signal: AbortSignal.any([this.ended.signal, AbortSignal.timeout(webhook.timeoutMs)]),
      maxBytes: MAX_ANSWER_BYTES,
    });
    if (reply.kind === "failed") return reply.detail;
    return reply.status >= 200 && reply.status < 300 ? undefined : `it answered ${reply.status}`;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wait = setTimeout(() => {
        this.waits.delete(wait);
        resolve();
      }, ms).unref();
      this.waits.add(wait);
    });
  }

  private count(result: string): void {
    this.counts[result] = (this.counts[result] ?? 0) + 1;
  }
}

/** Read for each try, so that one that was changed counts at once. */
async function secretOf({ secret }: WebhookSettings): Promise<string | undefined> {
  if (typeof secret !== "object") return secret;
  const text = (await readFile(secret.file, "utf8")).trim();
  if (text.length < MIN_WEBHOOK_SECRET_CHARS)
    throw new Error(`the file holds fewer than ${MIN_WEBHOOK_SECRET_CHARS} characters`);
  return text;
}

/** With the time in it, so that it cannot be sent again later. */
function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}
