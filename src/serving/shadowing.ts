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
import type { WindowKey } from "../domain/tally.ts";
import type { WholeSample } from "../domain/whole/sample.ts";
import type { Log } from "../observe/contract.ts";
import { redactTarget } from "../observe/redact.ts";
import { Clients } from "../proxy/clients.ts";
import type { ShadowTap } from "../proxy/shadow-tap.ts";
import { Shadower } from "../proxy/shadower.ts";
import { ToldComparison } from "./told-comparison.ts";
import { Wholes } from "./wholes.ts";

/** A sample's path and query are cut to this many characters. */
const MAX_TARGET_CHARS = 256;

/** Only mismatches have samples. */
const NOTHING = { requestId: "", method: "", target: "" };

/** Path and query as the access log has them. */
function sampled({ requestId, method }: ToldComparison, path: string) {
  const target = redactTarget(path);
  const cut = target.length <= MAX_TARGET_CHARS ? target : `${target.slice(0, MAX_TARGET_CHARS)}…`;
  return { requestId, method, target: cut };
}

/** Shadows, their comparer, and where verdicts go. */
export function createShadowing(options: {
  readonly memoryBytes: number;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly onComparison: (comparison: RecentComparison) => void;
  readonly onWhole: (sample: WholeSample) => void;
  readonly onStopped: (stopped: readonly StoppedShadow[]) => void;
  readonly onEarlierWrite: (key: number, what: EarlierWrite) => void;
  readonly log: Log;
}) {
  const { clock, deadlines, log } = options;
  const clients = new Clients();
  const budget = new ByteBudget(options.memoryBytes);
  const mismatches: MismatchBook = createMismatchBook({ now: clock.now });
  const noise: NoiseBook = createNoiseBook({ now: clock.now });
  const wholes = new Wholes(clock, options.onWhole);
  const comparer = createComparer({ now: clock.now, onProblem: (sentence) => log.warn({}, sentence) });

  function onVerdict(tap: ShadowTap, verdict: Verdict): void {
    const { live } = tap.decision;
    const told = new ToldComparison(tap, verdict, clock.now());
    const said = verdict.mismatches.length === 0 ? NOTHING : sampled(told, tap.decision.path);
    mismatches.add(live.tally.key, verdict, said, live.definition.compare.samples, tap.operationNames);
    options.onComparison(told);
  }

  const shadower = new Shadower({
    budget,
    comparer,
    deadlines,
    clock,
    clients,
    defer: (run) => void setImmediate(run),
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
  return { clients, budget, mismatches, evidence, noise, wholes, comparer, shadower };
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
