import { ErrorReply } from "@redis/client";
import { FigError } from "../domain/errors.ts";
import type { RedisAddress } from "../domain/state-url.ts";
import { closedError } from "./closed-error.ts";
import { type Client, CONNECT_MS, createConnection } from "./redis-connection.ts";
import { awayOf, copyingError, placeOf, refusalOf, replicaError, Unanswered } from "./redis-errors.ts";
import { COPYING, type RedisKeys } from "./redis-keys.ts";
import { HEAD, type RedisScript } from "./redis-scripts.ts";

/** Until a command is answered. */
const ANSWER_MS = 5_000;
/** How often the newest revision is asked for. That finds what a lost message said, and a dead connection. */
const POLL_MS = 1_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** Commands sent and not answered yet; more are refused. None waits while there is no connection. */
const MAX_PENDING = 20_000;

interface LinkOptions {
  readonly hex: (bytes: number) => string;
  /** An empty Redis gets an id. */
  readonly create: boolean;
  /** There is a connection, and it leads to the right state. */
  readonly connected: () => void;
  readonly head: (revision: number) => void;
  /** Somebody said something that may be lost. */
  readonly word: (text: string) => void;
  readonly health: (reachable: boolean) => void;
}

/** A revision, and the token of the append that wrote it. */
interface Head {
  readonly revision: number;
  readonly token: string;
}

/**
 * The one connection to a Redis: commands, the channel of new revisions, and the watch over both. It is made anew, for as long
 * as the store is open, when it ends, when nothing is heard, or when what answers is not the state it was.
 */
export class RedisLink {
  /** Empty until Redis was reached once. */
  stateId = "";
  private readonly address: RedisAddress;
  private readonly keys: RedisKeys;
  private readonly options: LinkOptions;
  private readonly waiting = new Set<(up: boolean) => void>();
  private readonly pending = new Set<Promise<unknown>>();
  private client: Client | undefined;
  private connecting: Client | undefined;
  private known: Head = { revision: 0, token: "" };
  private away: FigError | undefined;
  private retryMs = FIRST_RETRY_MS;
  private timer: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(address: RedisAddress, keys: RedisKeys, options: LinkOptions) {
    this.address = address;
    this.keys = keys;
    this.options = options;
  }

  /** Newest revision heard of. */
  get revision(): number {
    return this.known.revision;
  }

  /** A revision that is in the ledger, and its token. From now on, a Redis without it is not the same state. */
  heard(head: Head): void {
    if (head.revision > this.known.revision) this.known = head;
    this.options.head(head.revision);
  }

  refuseClosed(): void {
    if (this.closing) throw closedError();
  }

  /**
   * Connects. With `away`, a Redis that cannot be reached is opened all the same: it is asked again until it answers, and must
   * then hold that state (an empty id: any state). With an id, so is a Redis that refuses: it worked before, and its password
   * may have changed.
   */
  async open(away: { readonly stateId: string } | undefined): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      const why = awayOf(error, this.address);
      if (away === undefined || (why.code !== "store_unavailable" && away.stateId === "")) {
        this.closing = true;
        throw why;
      }
      this.stateId = away.stateId;
      this.lost(undefined, why);
    }
  }

  /** Runs a script; sends its text where this Redis does not know it yet. */
  async run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.send(["EVALSHA", script.sha, ...rest]);
    } catch (error) {
      if (!(error instanceof FigError) || !error.message.includes("NOSCRIPT")) throw error;
      return this.send(["EVAL", script.text, ...rest]);
    }
  }

  /** Throws a FigError if Redis refused or was not asked, and `Unanswered` if nobody knows what became of the command. */
  send(command: readonly string[]): Promise<unknown> {
    if (this.closing) return Promise.reject(closedError());
    return this.ask(this.client, command);
  }

  /** Waits for the next working connection; false: the time is up. */
  back(signal: AbortSignal): Promise<boolean> {
    if (this.client !== undefined) return Promise.resolve(true);
    if (signal.aborted || this.closing) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (up: boolean) => {
        this.waiting.delete(done);
        signal.removeEventListener("abort", timeUp);
        resolve(up);
      };
      const timeUp = () => done(false);
      signal.addEventListener("abort", timeUp);
      this.waiting.add(done);
    });
  }

  /** Waits for what was asked before, but no longer than for any answer. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    clearTimeout(this.timer);
    for (const done of [...this.waiting]) done(false);
    this.connecting?.destroy();
    const late = setTimeout(() => this.client?.destroy(), ANSWER_MS);
    await Promise.allSettled(this.pending);
    clearTimeout(late);
    this.client?.destroy();
    this.client = undefined;
  }

  private ask(client: Client | undefined, command: readonly string[]): Promise<unknown> {
    if (client === undefined) return Promise.reject(this.away ?? awayOf("not connected yet", this.address));
    if (this.pending.size >= MAX_PENDING)
      return Promise.reject(awayOf(`${MAX_PENDING} commands wait for an answer`, this.address));
    const answer = this.answered(client, command);
    this.pending.add(answer);
    const forget = () => this.pending.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  private async answered(client: Client, command: readonly string[]): Promise<unknown> {
    const late = setTimeout(
      () => this.lost(client, awayOf(`no answer in ${ANSWER_MS} ms`, this.address)),
      ANSWER_MS,
    );
    try {
      return await client.sendCommand([...command]);
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw new Unanswered(awayOf(this.away ?? error, this.address));
      const refusal = refusalOf(error, this.address);
      // After a failover the same name may lead to another server.
      if (/ (READONLY|LOADING|MASTERDOWN) /.test(refusal.message)) this.lost(client, refusal);
      throw refusal;
    } finally {
      clearTimeout(late);
    }
  }

  private async connect(): Promise<void> {
    const client = createConnection(this.address);
    this.connecting = client;
    client.on("error", (error: unknown) => this.lost(client, awayOf(error, this.address)));
    const late = setTimeout(() => client.destroy(), CONNECT_MS + ANSWER_MS);
    try {
      await client.connect();
      const about = (await this.ask(client, ["HELLO"])) as ReadonlyMap<string, unknown>;
      if (about.get("role") === "replica") throw replicaError(this.address);
      const head = await this.checked(client);
      await client.subscribe(this.keys.channel(this.stateId), (message) => {
        const [revision, token = ""] = message.split(" ");
        this.heard({ revision: Number(revision), token });
      });
      await client.subscribe(this.keys.wordChannel(this.stateId), this.options.word);
      if (this.closing) throw closedError();
      this.up(client, head);
    } catch (error) {
      client.destroy();
      if (error instanceof ErrorReply) throw refusalOf(error, this.address);
      throw error instanceof Unanswered ? error.known : error;
    } finally {
      this.connecting = undefined;
      clearTimeout(late);
    }
  }

  /** The head of the state that answers; throws where it is not the one it was. Makes the id of an empty one. */
  private async checked(client: Client): Promise<Head> {
    // Read now: what arrives while Redis answers is not part of that answer.
    const { known } = this;
    let [id, revision, token, then] = await this.head(client, known);
    if (id === "" && this.stateId === "") {
      if (revision > 0) throw copyingError(placeOf(this.address), "store_invalid");
      if (!this.options.create) throw new FigError("no_state", `${placeOf(this.address)} holds no state`);
      await this.ask(client, ["SET", this.keys.id, this.options.hex(16), "NX"]);
      [id, revision, token, then] = await this.head(client, known);
    }
    if (id.startsWith(COPYING)) throw copyingError(placeOf(this.address), "store_invalid");
    if (this.stateId !== "" && id !== this.stateId)
      throw this.other(id === "" ? "is empty now" : "holds another state now");
    if (revision < known.revision)
      throw this.other(`went back from revision ${known.revision} to ${revision}`);
    if (then !== known.token) throw this.other(`holds another revision ${known.revision} than it did`);
    this.stateId = id;
    return { revision, token };
  }

  private async head(client: Client, known: Head): Promise<readonly [string, number, string, string]> {
    const args = ["2", this.keys.id, this.keys.ledger, String(known.revision)];
    return (await this.ask(client, ["EVAL", HEAD.text, ...args])) as [string, number, string, string];
  }

  private other(what: string): FigError {
    return new FigError("store_unavailable", `${placeOf(this.address)} ${what}`, {
      remedy: "Bring its data back, or restart the front doors so that they begin from the present data.",
    });
  }

  private up(client: Client, head: Head): void {
    this.client = client;
    this.away = undefined;
    this.retryMs = FIRST_RETRY_MS;
    for (const done of [...this.waiting]) done(true);
    this.options.health(true);
    this.heard(head);
    this.options.connected();
    this.pollSoon(client);
  }

  private pollSoon(client: Client): void {
    this.timer = setTimeout(() => void this.poll(client), POLL_MS);
  }

  private async poll(client: Client): Promise<void> {
    try {
      const head = await this.checked(client);
      if (this.client !== client) return;
      this.heard(head);
      this.pollSoon(client);
    } catch (error) {
      this.lost(client, error instanceof Unanswered ? error.known : awayOf(error, this.address));
    }
  }

  /** The connection ended, or is of no use. Calls fail at once until there is another one. */
  private lost(client: Client | undefined, why: FigError): void {
    if (this.closing || this.client !== client) return;
    this.client = undefined;
    // After the first opening a store can only be away, not wrong: the front door goes on serving.
    this.away =
      why.code === "store_unavailable"
        ? why
        : new FigError("store_unavailable", why.message, { remedy: why.remedy ?? "", cause: why });
    clearTimeout(this.timer);
    client?.destroy();
    this.options.health(false);
    // Half of the pause is chance, so that a fleet does not come back all at once.
    const chance = Number.parseInt(this.options.hex(2), 16) / 0xffff;
    this.timer = setTimeout(
      () => {
        this.connect().catch((error: unknown) => this.lost(undefined, awayOf(error, this.address)));
      },
      this.retryMs * (0.5 + chance / 2),
    );
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
  }
}
