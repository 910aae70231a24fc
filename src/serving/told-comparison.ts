import type { Verdict } from "../compare/contract.ts";
import type { Mismatch, RecentComparison } from "../domain/outcomes.ts";
import { ownText } from "../domain/own-text.ts";
import { redactId, redactTarget } from "../observe/redact.ts";
import type { ShadowTap } from "../proxy/shadow-tap.ts";

const NONE: RecentComparison["mismatches"] = [];

/** Guards go by what differs, for whatever cause. */
function places({ mismatches }: Verdict): RecentComparison["mismatches"] {
  if (mismatches.length === 0) return NONE;
  const place = ({ path, kind }: Pick<Mismatch, "path" | "kind">) => ({ path, kind });
  return mismatches.flatMap((each) => [each, ...(each.cascade ?? [])].map(place));
}

/** Without its query, which may hold a credential. */
function withoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

/**
 * A comparison as it is told. What the client chose of it may read like a credential, and is redacted when somebody looks: the newest few are
 * kept, and of thousands a second nearly none is looked at. What is kept of a request is its own text, not its head's, and no query.
 */
export class ToldComparison implements RecentComparison {
  readonly route: string;
  readonly serving: RecentComparison["serving"];
  readonly outcome: RecentComparison["outcome"];
  readonly reason: string | undefined;
  readonly mismatches: RecentComparison["mismatches"];
  readonly statuses: RecentComparison["statuses"];
  private readonly asked: { readonly requestId: string; readonly method: string; readonly path: string };
  private readonly atMs: number;

  constructor({ request, decision }: ShadowTap, verdict: Verdict, atMs: number) {
    const { live, side, head, path } = decision;
    this.route = live.definition.id;
    this.serving = side;
    this.outcome = verdict.outcome;
    this.reason = verdict.reason;
    this.mismatches = places(verdict);
    this.statuses = verdict.statuses;
    this.asked = {
      requestId: ownText(request.requestId),
      method: ownText(head.method),
      path: ownText(withoutQuery(path)),
    };
    this.atMs = atMs;
  }

  get at(): string {
    return new Date(this.atMs).toISOString();
  }

  get requestId(): string {
    return redactId(this.asked.requestId);
  }

  get method(): string {
    return redactId(this.asked.method);
  }

  get path(): string {
    return redactTarget(this.asked.path);
  }
}
