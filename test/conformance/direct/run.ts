/** Case after case, directly and through both lanes; what no exception explains is made as small as it goes. */
import { Random } from "../differential/random.ts";
import { type Case, randomCase, textOf } from "./cases.ts";
import { CORNERS } from "./corners.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { EXCEPTIONS } from "./exceptions.ts";
import { World } from "./world.ts";

export interface TransparencyOptions {
  readonly seed: number;
  /** At least so many cases, or for so many seconds. */
  readonly cases?: number;
  readonly seconds?: number;
  readonly slots?: number;
}

export interface Unexplained {
  readonly case: string;
  readonly what: string;
  readonly requests: readonly string[];
  readonly answers: readonly object[];
  readonly cuts: readonly number[];
  readonly finish: string;
  /** Further cases that differed in the same way. */
  alike: number;
}

export interface TransparencyResult {
  readonly seed: number;
  readonly cases: number;
  readonly seconds: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** Cases in which each exception was needed. */
  readonly exceptions: Readonly<Record<string, number>>;
  /** Cases that differed among many others and not when run again by themselves. */
  readonly notRepeated: number;
  readonly unexplained: readonly Unexplained[];
}

const LOOKS = 3;
const PATIENCE = 3;
const MOST_KINDS = 20;

const NAMES = Object.keys(EXCEPTIONS);

export function explanationOf(difference: Difference): string | undefined {
  return NAMES.find((name) => EXCEPTIONS[name]?.(difference) === true);
}

function toldOf({ lane, at, index, what, name, direct, fig }: Difference): string {
  const short = (text: string) =>
    JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…(${text.length})` : text);
  return `${lane}: ${at} ${index}: ${what} ${name}: directly ${short(direct)}, through fig ${short(fig)}`;
}

/** Of one sort, whatever the figures. */
function sortOf(difference: Difference): string {
  const { lane, at, what, name, fig } = difference;
  return [lane, at, what, name, what === "refused" || what === "failed" ? fig : ""].join(" ");
}

interface Look {
  readonly unexplained: readonly Difference[];
  readonly used: ReadonlySet<string>;
}

async function lookAt(world: World, one: Case, slot: number, patience: number): Promise<Look> {
  const seen = await world.run(one, slot, patience);
  const used = new Set<string>();
  const unexplained: Difference[] = [];
  for (const lane of ["auto", "node"] as const) {
    for (const difference of differencesOf(one, lane, seen.direct, seen[lane])) {
      const name = explanationOf(difference);
      if (name === undefined) unexplained.push(difference);
      else used.add(name);
    }
  }
  return { unexplained, used };
}

export async function runTransparency(options: TransparencyOptions): Promise<TransparencyResult> {
  const world = await World.open(options.slots ?? 12);
  const began = performance.now();
  const counts = new Map(NAMES.map((name) => [name, 0]));
  const byKind: Record<string, number> = {};
  const suspects: { readonly one: Case; readonly label: string; readonly first: Difference }[] = [];
  let cases = 0;
  const more = () =>
    options.seconds === undefined
      ? cases < (options.cases ?? 1000)
      : performance.now() - began < options.seconds * 1000;
  const work = async (slot: number) => {
    while (more()) {
      const number = cases++;
      const one = CORNERS[number] ?? randomCase(new Random(options.seed * 7_368_787 + number));
      byKind[one.kind] = (byKind[one.kind] ?? 0) + 1;
      const { unexplained, used } = await lookAt(world, one, slot, 1);
      for (const name of used) counts.set(name, (counts.get(name) ?? 0) + 1);
      const [first] = unexplained;
      if (first !== undefined) suspects.push({ one, label: `case ${number} (${one.kind})`, first });
    }
  };
  try {
    await Promise.all(Array.from({ length: world.slots }, (_, slot) => work(slot)));
    const seconds = (performance.now() - began) / 1000;
    const told = await smallestOf(world, suspects);
    return { seed: options.seed, cases, seconds, byKind, exceptions: Object.fromEntries(counts), ...told };
  } finally {
    await world.close();
  }
}

async function smallestOf(
  world: World,
  suspects: readonly { readonly one: Case; readonly label: string; readonly first: Difference }[],
): Promise<Pick<TransparencyResult, "unexplained" | "notRepeated">> {
  const known = new Map<string, Unexplained>();
  let notRepeated = 0;
  for (const { one, label, first } of suspects) {
    const before = known.get(sortOf(first));
    if (before !== undefined || known.size >= MOST_KINDS) {
      if (before !== undefined) before.alike++;
      continue;
    }
    const differs = async (candidate: Case): Promise<Difference | undefined> => {
      const { unexplained } = await lookAt(world, candidate, 0, PATIENCE);
      return unexplained.find((difference) => sortOf(difference) === sortOf(first));
    };
    let found: Difference | undefined;
    for (let look = 0; look < LOOKS && found === undefined; look++) found = await differs(one);
    if (found === undefined) notRepeated++;
    else known.set(sortOf(first), await smallest(one, label, found, differs));
  }
  return { unexplained: [...known.values()], notRepeated };
}

function* smaller(one: Case): Generator<Case> {
  if (one.cuts.length > 0) yield { ...one, cuts: [] };
  const { exchanges } = one;
  if (exchanges.length > 1)
    for (const i of exchanges.keys())
      yield { ...one, cuts: [], exchanges: exchanges.filter((_, at) => at !== i) };
  for (const [i, { sent, answer }] of exchanges.entries()) {
    const put = (exchange: object): Case => ({
      ...one,
      exchanges: exchanges.map((old, at) => (at === i ? { ...old, ...exchange } : old)),
    });
    if (answer.cuts.length > 0) yield put({ answer: { ...answer, cuts: [] } });
    for (const text of withoutALine(sent.text)) yield { ...put({ sent: { ...sent, text } }), cuts: [] };
    for (const text of withoutALine(answer.text)) yield put({ answer: { ...answer, text, cuts: [] } });
  }
}

/** Field lines left out one at a time; what frames the message stays. */
function* withoutALine(text: string): Generator<string> {
  const end = text.indexOf("\r\n\r\n");
  const lines = text.slice(0, Math.max(0, end)).split("\r\n");
  for (let i = 1; i < lines.length; i++)
    if (!/^(?:host|content-length|transfer-encoding):/i.test(lines[i] as string))
      yield lines.filter((_, at) => at !== i).join("\r\n") + text.slice(end);
}

async function smallest(
  one: Case,
  label: string,
  found: Difference,
  differs: (one: Case) => Promise<Difference | undefined>,
): Promise<Unexplained> {
  let [least, why] = [one, found];
  let tries = 60;
  for (let better = true; better; ) {
    better = false;
    for (const candidate of smaller(least)) {
      if (tries-- <= 0) break;
      const still = await differs(candidate);
      if (still === undefined) continue;
      [least, why, better] = [candidate, still, true];
      break;
    }
  }
  const short = (text: string) => (text.length > 1500 ? `${text.slice(0, 1500)}…(${text.length})` : text);
  return {
    case: `${label}, ${textOf(least).length} bytes`,
    what: toldOf(why),
    requests: least.exchanges.map(({ sent }) => short(sent.text)),
    answers: least.exchanges.map(({ answer }) => ({ ...answer, text: short(answer.text) })),
    cuts: least.cuts,
    finish: least.finish,
    alike: 0,
  };
}
