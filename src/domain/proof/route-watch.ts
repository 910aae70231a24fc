import type {
  GuardEvidence,
  GuardName,
  GuardRules,
  GuardSample,
  GuardWitness,
  WitnessKind,
} from "../guards.ts";
import { countText, numberText } from "../wording.ts";
import { ALARM, RateDetector, ShareDetector } from "./e-detector.ts";

/** Clients whose errors are remembered for a detector. Beyond it the oldest is forgotten, and counts again. */
const MAX_KEYS = 10_000;
const MAX_SAMPLES = 5;
/** A pair is as likely the one way as the other. */
const EVEN = 0.5;

type Sample = GuardSample & { readonly at: string };

/** One kind of event. A client's first counts: one that tries again is one witness. */
class Watched {
  readonly detector = new ShareDetector();
  private readonly keys = new Set<number>();
  readonly samples: Sample[] = [];

  saw(modern: boolean, share: number, key: number | undefined, sample: Sample): void {
    const { detector, keys, samples } = this;
    // What was seen speaks for nothing any more, so a client may be a witness again.
    if (detector.idle) {
      keys.clear();
      samples.length = 0;
    }
    if (key !== undefined) {
      if (keys.has(key)) return;
      if (keys.size >= MAX_KEYS) keys.delete(keys.values().next().value as number);
      keys.add(key);
    }
    detector.saw(modern, share);
    if (!modern) return;
    if (samples.length === MAX_SAMPLES) samples.shift();
    samples.push(sample);
  }
}

/** Where a route stands, and the evidence window that this is. */
interface Stand {
  readonly revision: number;
  readonly epoch: number;
  readonly percent: number;
}

const SAYS: Readonly<Record<WitnessKind, string>> = {
  errors: "clients with an error",
  refusals: "clients that were refused (401, 403)",
  pairs: "requests that one side alone failed",
};

/** Watches one route where it stands, on one front door. It is made anew when the route moves. */
export class RouteWatch {
  readonly stand: Stand;
  readonly id: string;
  private readonly rules: GuardRules;
  private readonly kinds = new Map<WitnessKind, Watched>();
  private readonly mismatches: RateDetector | undefined;
  private readonly differed: Sample[] = [];

  constructor(id: string, rules: GuardRules, stand: Stand) {
    this.id = id;
    this.rules = rules;
    this.stand = stand;
    this.mismatches = rules.mismatches && new RateDetector(rules.mismatches.percent / 100);
  }

  /** The largest e-value now, by the alarm's: 1 is a trip. */
  get nearness(): number {
    const values = [...this.kinds.values()].map(({ detector }) => detector.value);
    const top = Math.max(1, this.mismatches?.value ?? 0, ...values);
    return Math.log(top) / Math.log(ALARM);
  }

  /** Gives the evidence of an alarm. `at`: ISO 8601. */
  saw(witness: GuardWitness, at: string): GuardEvidence | undefined {
    const { stand, kinds } = this;
    const { kind, modern, key, sample } = witness;
    const { revision, epoch, percent } = stand;
    // Of a request that began before the route moved.
    if (witness.revision !== revision || witness.epoch !== epoch || witness.percent !== percent)
      return undefined;
    if (!this.rules.errors) return undefined;
    let watched = kinds.get(kind);
    if (watched === undefined) {
      watched = new Watched();
      kinds.set(kind, watched);
    }
    watched.saw(modern, kind === "pairs" ? EVEN : percent / 100, key, { ...sample, at });
    const { detector, samples } = watched;
    if (!detector.alarmed) return undefined;
    const { modern: ours, legacy, value } = detector;
    const of = `${countText(ours)} of ${countText(ours + legacy)} ${SAYS[kind]} had modern's answer`;
    const share = kind === "pairs" ? "" : `, which has ${numberText(percent, 2)} % of clients`;
    return this.evidence(kind, value, `${of}${share}`, { modern: ours, legacy }, samples);
  }

  /** A request was compared. `sample`: it differs at a path of high severity; undefined: it does not. */
  compared(sample: Sample | undefined): GuardEvidence | undefined {
    const { mismatches, differed } = this;
    if (mismatches === undefined) return undefined;
    mismatches.saw(sample !== undefined);
    if (sample === undefined) return undefined;
    if (differed.length === MAX_SAMPLES) differed.shift();
    differed.push(sample);
    if (!mismatches.alarmed) return undefined;
    const { hits, cases, value } = mismatches;
    const limit = numberText(this.rules.mismatches?.percent ?? 0, 3);
    const seen = `${countText(hits)} of ${countText(cases)} compared requests differ at a path of high severity, and ${limit} % may`;
    return this.evidence("mismatches", value, seen, { differing: hits, compared: cases }, differed);
  }

  evidence(
    guard: GuardName,
    value: number,
    seen: string,
    counts: GuardEvidence["counts"],
    samples: readonly Sample[] = [],
  ): GuardEvidence {
    const { percent } = this.stand;
    return { guard, route: this.id, value, alarm: ALARM, seen, counts, percent, samples: [...samples] };
  }
}
