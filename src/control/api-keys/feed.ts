import { apiKeyInForce } from "../../domain/api-key.ts";
import type { Clock } from "../../domain/clock.ts";
import type { FrontDoorConfig } from "../../domain/config.ts";
import { messageOf } from "../../domain/errors.ts";
import { momentText } from "../../domain/wording.ts";
import type { Log } from "../../observe/contract.ts";
import type { ApiKeyMessages, ApiKeysMessage } from "../../serving/contract.ts";
import type { Store } from "../../store/contract.ts";
import type { DoorProblem } from "../contract.ts";

/** How often the store is asked what changed: a revocation is in force within that and an answer of the store. */
const ASK_EVERY_MS = 250;
/** How often those that serve are told that nothing changed. */
const CONFIRM_EVERY_MS = 1000;
/** The store not having answered for so long is said. */
const SAID_AFTER_MS = 3000;

interface FeedOptions {
  readonly store: Pick<Store, "readApiKeys">;
  readonly serving: Pick<ApiKeyMessages, "keepApiKeys">;
  readonly clock: Clock;
  readonly log: Log;
}

/** A route of these files asks for keys, or has a function that may name one (`usageIdentifierKey`). */
function usesApiKeys({ policies, routes }: Pick<FrontDoorConfig, "policies" | "routes">): boolean {
  const uses = (of: FrontDoorConfig["policies"] | undefined) =>
    of?.apiKeys !== undefined || of?.authorizer?.function !== undefined;
  return uses(policies) || routes.some((route) => uses(route.policies));
}

/**
 * Tells those that serve which API keys there are, from when files first ask for them: all of them, then what changes. A store that does
 * not answer, or that goes back behind what it said, confirms nothing: what follows from that is the policy's to say.
 */
export class ApiKeyFeed {
  private readonly options: FeedOptions;
  private wanted = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  /** What was read and told: the newest revision, and the token of its write. */
  private revision = 0;
  private token = "";
  /** Why what the store says is not believed. */
  private rewound: string | undefined;
  private failed: string | undefined;
  private began = 0;
  /** In micros. */
  private answeredAt: number | undefined;
  private toldAt = Number.NEGATIVE_INFINITY;
  /** Readings, one after the other. */
  private turn: Promise<void> = Promise.resolve();

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** From now on, if these files ask for keys. Resolves when they are in force here, or cannot be. Never rejects. */
  async use(config: Pick<FrontDoorConfig, "policies" | "routes">): Promise<void> {
    if (this.wanted || this.closed || !usesApiKeys(config)) return;
    this.wanted = true;
    this.began = this.options.clock.micros();
    await this.ask();
  }

  /** What was written here is in force here. Throws `store_unavailable`. */
  async refresh(): Promise<void> {
    if (this.wanted) await this.inTurn(true);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /** Seconds since the store last said which keys there are; undefined: nobody asks for keys. */
  ageSeconds(): number | undefined {
    if (!this.wanted) return undefined;
    return (this.options.clock.micros() - (this.answeredAt ?? this.began)) / 1_000_000;
  }

  problems(): readonly DoorProblem[] {
    const age = this.ageSeconds();
    const why = this.rewound ?? this.failed;
    const never = this.answeredAt === undefined && why !== undefined;
    if (age === undefined || (age * 1000 < SAID_AFTER_MS && this.rewound === undefined && !never)) return [];
    const since = momentText(this.options.clock.now() - age * 1000);
    const known =
      this.answeredAt === undefined
        ? "no key passes"
        : "keys that are known pass for as long as staleFor of their route says, then none";
    return [
      {
        kind: "api_keys",
        message: `which API keys are valid is not known since ${since}: ${known}, and others get 503${why === undefined ? "" : ` (${why})`}`,
        remedy:
          "bring the state store back; a key that is revoked meanwhile passes until then, or until staleFor",
      },
    ];
  }

  private async ask(): Promise<void> {
    try {
      await this.inTurn(false);
      if (this.failed !== undefined) this.options.log.info({}, "API keys can be read again");
      this.failed = undefined;
    } catch (error) {
      const why = messageOf(error);
      if (this.failed === undefined) this.options.log.error({ err: error }, "API keys could not be read");
      this.failed = why;
    }
    if (!this.closed) this.timer = setTimeout(() => void this.ask(), ASK_EVERY_MS).unref();
  }

  private inTurn(waits: boolean): Promise<void> {
    const mine = this.turn.then(() => this.read(waits));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** `waits`: until it is in force. Else a process that serves and hangs would hold up the others' keys. */
  private async read(waits: boolean): Promise<void> {
    for (;;) {
      const asked = this.options.clock.micros();
      const page = await this.options.store.readApiKeys(this.revision);
      if (this.closed || this.isRewound(page.revision, page.token)) return;
      const keys = page.keys.map(({ id, key }) => apiKeyInForce(id, key));
      const { revision = page.revision } = page.keys.at(-1) ?? {};
      const isAll = revision >= page.revision;
      this.revision = revision;
      if (isAll) this.token = page.token;
      // What it says held when it was asked.
      const now = this.options.clock.micros();
      if (isAll) this.answeredAt = asked;
      if (keys.length > 0 || (isAll && (waits || now - this.toldAt >= CONFIRM_EVERY_MS * 1000)))
        await this.tell({ keys, ageMs: isAll ? (now - asked) / 1000 : undefined }, waits);
      if (isAll) return;
    }
  }

  /** A store that went back would bring keys back that were revoked: nothing it says is taken until it has what it had. */
  private isRewound(revision: number, token: string): boolean {
    const { rewound, revision: known, token: tokenThen, options } = this;
    const isItself = revision === known && (this.token === "" || token === tokenThen);
    if (isItself || (revision > known && rewound === undefined)) {
      this.rewound = undefined;
      return false;
    }
    this.rewound =
      revision < known
        ? `the state store went back behind change ${known} of the API keys, which is in force here; restart this front door to begin from what the store has`
        : `the state store has another change ${known} of the API keys than it had; restart this front door to begin from what the store has`;
    if (rewound === undefined) options.log.error({ revision, known }, this.rewound);
    return true;
  }

  private async tell(message: ApiKeysMessage, waits: boolean): Promise<void> {
    const { serving, clock, log } = this.options;
    this.toldAt = clock.micros();
    const told = serving.keepApiKeys(message);
    if (waits) await told;
    else told.catch((err: unknown) => log.error({ err }, "those that serve could not be told of API keys"));
  }
}
