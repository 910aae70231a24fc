import type { Verdict } from "../compare/contract.ts";
import {
  createComparer,
  createMismatchBook,
  createNoiseBook,
  type MismatchBook,
  type NoiseBook,
} from "../compare/index.ts";
import { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { EarlierWrite, RecentComparison, StoppedShadow } from "../domain/outcomes.ts";
import { ownText } from "../domain/own-text.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { WholeSample } from "../domain/whole/sample.ts";
import type { Log } from "../observe/contract.ts";
import { redactId, redactTarget } from "../observe/redact.ts";
import type { ShadowTap } from "../proxy/shadow-tap.ts";
import { Shadower } from "../proxy/shadower.ts";
import { Wholes } from "./wholes.ts";

/** A sample's path and query are cut to this many characters. */
const MAX_TARGET_CHARS = 256;

/** As the access log has it. Only mismatches have samples. */
function sampledTarget(path: string, { outcome }: Verdict): string {
  if (outcome !== "mismatch") return "";
  const target = redactTarget(path);
  return target.length <= MAX_TARGET_CHARS ? target : `${target.slice(0, MAX_TARGET_CHARS)}…`;
}

/** Shadows, their comparer, and where verdicts go. */
export function createShadowing(options: {
  readonly memoryBytes: number;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Client requests under way. */
  readonly clientsActive: () => number;
  readonly onComparison: (comparison: RecentComparison) => void;
  readonly onWhole: (sample: WholeSample) => void;
  readonly onStopped: (stopped: readonly StoppedShadow[]) => void;
  readonly onEarlierWrite: (key: number, what: EarlierWrite) => void;
  readonly log: Log;
}) {
  const { clock, deadlines, log } = options;
  const budget = new ByteBudget(options.memoryBytes);
  const mismatches: MismatchBook = createMismatchBook({ now: clock.now });
  const noise: NoiseBook = createNoiseBook({ now: clock.now });
  const wholes = new Wholes(clock, options.onWhole);
  const comparer = createComparer({ now: clock.now, onProblem: (sentence) => log.warn({}, sentence) });

  function onVerdict(tap: ShadowTap, verdict: Verdict): void {
    const { live, side: serving, head, path } = tap.decision;
    // Both are stored and shown, and the client chose them.
    const requestId = ownText(redactId(tap.request.requestId));
    mismatches.add(
      live.tally.key,
      verdict,
      { requestId, method: redactId(head.method), target: sampledTarget(path, verdict) },
      live.definition.compare.samples,
      tap.operationNames,
    );
    const end = path.search(/[?#]/);
    options.onComparison({
      at: new Date(clock.now()).toISOString(),
      route: live.definition.id,
      requestId,
      method: ownText(redactId(head.method)),
      path: ownText(redactTarget(end < 0 ? path : path.slice(0, end))),
      serving,
      outcome: verdict.outcome,
      reason: verdict.reason,
      // Guards go by what differs, for whatever cause.
      mismatches: verdict.mismatches.flatMap((each) =>
        [each, ...(each.cascade ?? [])].map(({ path: where, kind }) => ({ path: where, kind })),
      ),
    });
  }

  const shadower = new Shadower({
    budget,
    comparer,
    deadlines,
    clock,
    clientsActive: options.clientsActive,
    defer: (run, when) => {
      if (when === "soon") setImmediate(run);
      else setTimeout(run, 1);
    },
    onVerdict,
    noise,
    wholes,
    onStopped: options.onStopped,
    onEarlierWrite: options.onEarlierWrite,
  });
  /** What is stored of a window. */
  const evidence = {
    rows: (key: WindowKey) => [...mismatches.rows(key), ...noise.rows(key)],
    drop: (key: WindowKey) => {
      mismatches.drop(key);
      noise.drop(key);
      wholes.drop(key);
    },
  };
  return { budget, mismatches, evidence, noise, wholes, comparer, shadower };
}

export type Shadowing = ReturnType<typeof createShadowing>;

/** What /metrics says of it. */
export function shadowGauges({ budget, shadower, noise, mismatches, wholes }: Shadowing) {
  const { controls, earlierWrites } = shadower;
  return {
    shadowBytesHeld: budget.held,
    shadowsRefused: budget.refused,
    controls: { ...controls.counts },
    noisePaths: noise.paths,
    earlierWrites: earlierWrites.size,
    earlierWritesForgotten: earlierWrites.forgotten,
    mismatchBytesHeld: mismatches.bytes,
    mismatchRowsFolded: mismatches.folded,
    wholeAnswers: { ...wholes.counts },
  };
}
