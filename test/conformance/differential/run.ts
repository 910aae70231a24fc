/** The differential test: generated streams through both lanes, compared. */
import { compareLanes, NORMALISATIONS, type Normalisation } from "./explained.ts";
import { Random } from "./random.ts";
import { boundaryStreams, randomStream, type Stream, textOf } from "./streams.ts";
import { World } from "./world.ts";

export interface DifferentialOptions {
  readonly seed: number;
  /** At least so many requests with their answers, those of the boundaries included. */
  readonly cases: number;
  /** Messages that are cut at every byte. */
  readonly boundaryRequests: number;
  readonly boundaryAnswers: number;
  readonly slots?: number;
  readonly onProgress?: (cases: number) => void;
}

export interface Difference {
  readonly stream: string;
  readonly what: string;
  readonly requests: readonly string[];
  readonly cuts: readonly number[];
  readonly answers: readonly object[];
  readonly finish: string;
  /** Further connections that differed in the same way. */
  alike: number;
}

function unseen(stream: string, what: string): Difference {
  return { stream, what, requests: [], cuts: [], answers: [], finish: "", alike: 0 };
}

export interface DifferentialResult {
  readonly seed: number;
  readonly cases: number;
  readonly connections: number;
  readonly seconds: number;
  readonly byStream: Readonly<Record<string, number>>;
  readonly byRequest: Readonly<Record<string, number>>;
  readonly byAnswer: Readonly<Record<string, number>>;
  /** Requests the fast lane took, and connections it handed over, by reason. */
  readonly fast: number;
  readonly handovers: Readonly<Record<string, number>>;
  /** Requests that the upstream saw, through each lane. */
  readonly forwarded: number;
  /** Connections in whose comparison each normalisation was needed. */
  readonly normalisations: Readonly<Record<Normalisation, number>>;
  /** Connections that differed among many others and not when run again by themselves. */
  readonly notRepeated: number;
  readonly differences: readonly Difference[];
}

interface Job {
  readonly name: string;
  readonly make: (base: string) => Stream;
}

/** So many kinds of differences are looked into. */
const MOST_DIFFERENCES = 25;
const SECOND_LOOKS = 3;
const PATIENCE = 4;

function* jobs(options: DifferentialOptions): Generator<Job> {
  const { seed, boundaryRequests, boundaryAnswers } = options;
  const of = (base: string) => boundaryStreams(new Random(seed), base, boundaryRequests, boundaryAnswers);
  const made = new Map<string, Stream[]>();
  const boundaries = of(World.base(0)).length;
  for (let i = 0; i < boundaries; i++) {
    const make = (base: string): Stream => {
      let streams = made.get(base);
      if (streams === undefined) {
        streams = of(base);
        made.set(base, streams);
      }
      return (streams[i] ?? streams[0]) as Stream;
    };
    yield { name: `boundary ${i}`, make };
  }
  for (let i = 0; ; i++)
    yield { name: `stream ${i}`, make: (base) => randomStream(new Random(seed * 7_368_787 + i), base) };
}

export async function runDifferential(options: DifferentialOptions): Promise<DifferentialResult> {
  const world = await World.open(options.slots ?? 48);
  try {
    return await new Run(world, options).result();
  } finally {
    await world.close();
  }
}

class Run {
  private readonly world: World;
  private readonly options: DifferentialOptions;
  private readonly queue: Generator<Job>;
  private readonly suspects: { readonly job: Job; readonly what: string }[] = [];
  private readonly byStream: Record<string, number> = {};
  private readonly byRequest: Record<string, number> = {};
  private readonly byAnswer: Record<string, number> = {};
  private readonly normalisations = Object.fromEntries(
    Object.keys(NORMALISATIONS).map((name) => [name, 0]),
  ) as Record<Normalisation, number>;
  private cases = 0;
  private connections = 0;
  private forwarded = 0;

  constructor(world: World, options: DifferentialOptions) {
    this.world = world;
    this.options = options;
    this.queue = jobs(options);
  }

  async result(): Promise<DifferentialResult> {
    const began = performance.now();
    const workers = Array.from({ length: this.world.slots }, (_, slot) => this.work(slot));
    await Promise.all(workers);
    const seconds = (performance.now() - began) / 1000;
    const { auto } = this.world.inside();
    const differences: Difference[] = [];
    const known = new Map<string, Difference>();
    let notRepeated = 0;
    for (const { job, what } of this.suspects) {
      const like = what.replace(/\d+/g, "").slice(0, 90);
      const first = known.get(like);
      if (first !== undefined || known.size >= MOST_DIFFERENCES) {
        if (first !== undefined) first.alike++;
        else differences.push(unseen(job.name, what));
        continue;
      }
      const difference = await this.lookAgain(job);
      if (difference === undefined) {
        notRepeated++;
      } else {
        known.set(like, difference);
        differences.push(difference);
      }
    }
    for (const stray of this.world.strays()) differences.push(unseen("", `forwarded for nobody: ${stray}`));
    const { seed } = this.options;
    const { cases, connections, byStream, byRequest, byAnswer, forwarded, normalisations } = this;
    const { fast, handovers } = auto;
    return {
      ...{ seed, cases, connections, seconds, byStream, byRequest, byAnswer, fast, handovers },
      ...{ forwarded, normalisations, notRepeated, differences },
    };
  }

  private async work(slot: number): Promise<void> {
    while (this.cases < this.options.cases) {
      const { value: job } = this.queue.next() as { value: Job };
      const stream = job.make(World.base(slot));
      this.count(stream);
      const [node, auto] = await this.world.run(stream, slot, 1);
      this.forwarded += node.seen.length + auto.seen.length;
      const { difference, used } = compareLanes(stream, node, auto);
      for (const name of used) this.normalisations[name]++;
      if (difference !== undefined) this.suspects.push({ job, what: difference });
    }
  }

  private count(stream: Stream): void {
    this.connections++;
    this.cases += stream.exchanges.length;
    this.options.onProgress?.(this.cases);
    const add = (counts: Record<string, number>, name: string, more: number) => {
      counts[name] = (counts[name] ?? 0) + more;
    };
    add(this.byStream, stream.kind, stream.exchanges.length);
    for (const { sent, answer } of stream.exchanges) {
      add(this.byRequest, sent.kind, 1);
      add(this.byAnswer, answer.kind, 1);
    }
  }

  /** By itself, with patience; what still differs is made as small as it goes. */
  private async lookAgain(job: Job): Promise<Difference | undefined> {
    const stream = job.make(World.base(0));
    for (let look = 0; look < SECOND_LOOKS; look++) {
      const what = await this.differs(stream);
      if (what !== undefined) return this.smallest(job.name, stream, what);
    }
    return undefined;
  }

  private async smallest(name: string, stream: Stream, what: string): Promise<Difference> {
    let [least, why] = [stream, what];
    const keep = async (candidate: Stream): Promise<boolean> => {
      const still = await this.differs(candidate);
      if (still === undefined) return false;
      [least, why] = [candidate, still];
      return true;
    };
    if (least.cuts.length > 0) await keep({ ...least, cuts: [] });
    for (let i = least.exchanges.length - 1; i >= 0 && least.exchanges.length > 1; i--)
      await keep({ ...least, cuts: [], exchanges: least.exchanges.filter((_, at) => at !== i) });
    const simple = least.exchanges.map((exchange) => ({
      ...exchange,
      answer: { ...exchange.answer, cuts: [] },
    }));
    await keep({ ...least, exchanges: simple });
    const short = (text: string) => (text.length > 2500 ? `${text.slice(0, 2500)}…(${text.length})` : text);
    return {
      stream: `${name} (${stream.kind}), ${textOf(least).length} bytes`,
      what: why,
      requests: least.exchanges.map(({ sent }) => short(sent.text)),
      cuts: least.cuts,
      answers: least.exchanges.map(({ answer }) => ({ ...answer, text: short(answer.text) })),
      finish: least.finish,
      alike: 0,
    };
  }

  private async differs(stream: Stream): Promise<string | undefined> {
    const [node, auto] = await this.world.run(stream, 0, PATIENCE);
    return compareLanes(stream, node, auto).difference;
  }
}
