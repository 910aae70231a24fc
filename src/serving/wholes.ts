import type { Verdict, WholeWanted } from "../compare/contract.ts";
import type { Clock } from "../domain/clock.ts";
import { ownText } from "../domain/own-text.ts";
import type { Policies } from "../domain/policies.ts";
import type { WindowKey } from "../domain/tally.ts";
import { windowName } from "../domain/tally-book.ts";
import { chosenWholes, isWantedWhole } from "../domain/whole/choose.ts";
import {
  clientOf,
  MAX_WHOLE_DIFFERENCES,
  type WholePlace,
  type WholeSample,
} from "../domain/whole/sample.ts";
import { redactId, redactTarget } from "../observe/redact.ts";
import type { ShadowTap } from "../proxy/shadow-tap.ts";

/** Wholes that the comparing thread makes at once: comparisons come first. */
const MAX_UNDER_WAY = 2;
/** Of a path and query, once what reads like a credential is taken out. */
const MAX_TARGET_CHARS = 1024;
/** Windows whose wholes are remembered here: with more, the one that was asked last is forgotten, and may have a few more made. */
const MAX_WINDOWS = 2_000;
const ID_BYTES = 8;

interface Kept extends WholePlace {
  readonly until: number;
}

/** How many were made, and what became of the others that differed. */
type WholeCounts = Record<"kept" | "enough" | "busy" | "failed", number>;

/** Names of fields by which a route's policies let somebody in. */
function secretFields({ apiKeys, jwt, authorizer }: Policies): readonly string[] {
  const headers = [...(apiKeys?.headers ?? [])];
  for (const { kind, name } of [
    ...[jwt ?? []].flat().flatMap((rule) => rule.from),
    ...(authorizer?.identity ?? []),
  ])
    if (kind === "header") headers.push(name);
  return headers.map((name) => name.toLowerCase());
}

/**
 * Which differing requests are kept whole, by what this process has sent on. What is made is not held here: each goes to `onWhole` at
 * once.
 */
export class Wholes {
  readonly counts: WholeCounts = { kept: 0, enough: 0, busy: 0, failed: 0 };
  private readonly clock: Clock;
  private readonly onWhole: (sample: WholeSample) => void;
  private readonly windows = new Map<string, readonly Kept[]>();
  private underWay = 0;

  constructor(clock: Clock, onWhole: (sample: WholeSample) => void) {
    this.clock = clock;
    this.onWhole = onWhole;
  }

  wanted(tap: ShadowTap, verdict: Verdict): WholeWanted | undefined {
    const { live, head, keyHash } = tap.decision;
    const { wholes } = live.definition.compare;
    if (wholes === undefined || verdict.outcome !== "mismatch" || verdict.mismatches.length === 0)
      return undefined;
    const now = this.clock.now();
    const differences = verdict.mismatches
      .slice(0, MAX_WHOLE_DIFFERENCES)
      .map(({ path, kind }) => ({ path: ownText(path), kind }));
    const place: Kept = {
      id: this.clock.hex(ID_BYTES),
      ...{ at: now, until: now + wholes.keptMs, client: clientOf(keyHash), differences },
    };
    const window = live.tally.key;
    const kept = this.keptIn(window, now);
    if (!isWantedWhole(kept, place, wholes)) {
      this.counts.enough++;
      return undefined;
    }
    if (this.underWay >= MAX_UNDER_WAY) {
      this.counts.busy++;
      return undefined;
    }
    this.underWay++;
    // Its place is taken from now on: what differs alike meanwhile is another's turn.
    this.note(window, chosenWholes([...kept, place], wholes));
    const secret = secretFields(live.definition.policies ?? {});
    return {
      ask: { headers: head.headers, secret, maxBodyBytes: wholes.maxBodyBytes },
      made: (content) => this.made(tap, verdict, place, window, content),
    };
  }

  /** Forgets a window that is over. */
  drop(window: WindowKey): void {
    this.windows.delete(windowName(window));
  }

  private made(
    tap: ShadowTap,
    { statuses = {} }: Verdict,
    { until, ...place }: Kept,
    { route, revision, epoch }: WindowKey,
    content: string | undefined,
  ): void {
    this.underWay--;
    if (content === undefined) {
      this.counts.failed++;
      const name = windowName({ route, revision, epoch });
      const kept = this.windows.get(name) ?? [];
      this.windows.set(
        name,
        kept.filter(({ id }) => id !== place.id),
      );
      return;
    }
    this.counts.kept++;
    const { head, path, side } = tap.decision;
    const target = redactTarget(path);
    this.onWhole({
      ...place,
      window: { route, revision, epoch },
      until,
      title: {
        requestId: redactId(tap.request.requestId),
        method: redactId(head.method),
        target: target.length <= MAX_TARGET_CHARS ? target : `${target.slice(0, MAX_TARGET_CHARS)}…`,
        serving: side,
        statuses,
      },
      content,
    });
  }

  private keptIn(window: WindowKey, now: number): readonly Kept[] {
    return (this.windows.get(windowName(window)) ?? []).filter(({ until }) => until > now);
  }

  private note(window: WindowKey, kept: readonly Kept[]): void {
    const name = windowName(window);
    this.windows.delete(name);
    this.windows.set(name, kept);
    if (this.windows.size <= MAX_WINDOWS) return;
    const [oldest] = this.windows.keys();
    this.windows.delete(oldest as string);
  }
}
