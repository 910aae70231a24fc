// A labelled corpus, seeded: ten kinds of noise that legacy has itself, fourteen kinds of faults of modern's, through fig's own
// comparison. Which paths are called modern's, by fig and by Diffy's rule on the same triples; and what is counted as a mismatch.
//
//   npm run simulate:noise                  ten seeds of 10,000 comparisons each
//   npm run simulate:noise -- --seeds 2 --comparisons 2000
import { parseArgs } from "node:util";
import { createNoiseBook } from "../../src/compare/index.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { judgedPaths } from "../../src/domain/noise.ts";
import { FAULTS, NOISES } from "./noise-kinds.mjs";
import { randomOf } from "./random.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    comparisons: { type: "string", default: "10000" },
    json: { type: "boolean", default: false },
  },
});
const SEEDS = Number(values.seeds);
const COMPARISONS = Number(values.comparisons);
const CHECKPOINTS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000].filter(
  (at) => at <= COMPARISONS,
);
/** Shares of requests. */
const FAULT_RATES = [0.05, 0.01, 0.002, 0.0005];
const NOISE_RATES = [1, 0.2, 0.05, 0.02, 0.008, 0.003, 0.001, 0.0005];
/** Of a field with both. */
const BOTH = { fault: 0.05, noise: 0.02 };
const PLAIN_FIELDS = 10;
const FIELDS_A_SECTION = 20;
const START_MS = Date.UTC(2026, 10, 30);

/** Fields of one answer: what each is called, and how often it is noisy or faulty. */
function fieldsOf(faulty) {
  const fields = [];
  for (const [kind, noise] of Object.entries(NOISES))
    for (const [i, rate] of NOISE_RATES.entries())
      fields.push({ name: `n_${kind}_${i}`, noise, noiseRate: rate });
  if (faulty) {
    for (const [kind, fault] of Object.entries(FAULTS)) {
      for (const [i, rate] of FAULT_RATES.entries())
        fields.push({ name: `f_${kind}_${i}`, fault, faultRate: rate });
      // Noise that the fault's values can have, too: the field's own value, or another one.
      fields.push({
        name: `b_${kind}`,
        fault,
        faultRate: BOTH.fault,
        noise: NOISES.ad,
        noiseRate: BOTH.noise,
      });
    }
  }
  for (let i = 0; i < PLAIN_FIELDS; i++) fields.push({ name: `p_${i}` });
  return fields;
}

const isHeader = ({ noise, fault }) => noise?.header === true || fault?.header === true;
const headerOf = (name) => `x-${name.replaceAll("_", "-").toLowerCase()}`;

/** One answer; `modern`: with its faults. */
function answerOf(fields, request, random, world, modern) {
  const body = {};
  const headers = ["content-type", "application/json"];
  for (const [place, field] of fields.entries()) {
    // An object of more than 50 members is a map, whose members are told as one.
    const section = `s${Math.floor(place / FIELDS_A_SECTION)}`;
    body[section] ??= {};
    const base = (field.fault?.base ?? field.noise?.base ?? ((n) => `value ${n}`))(request);
    let value = base;
    if (field.noise !== undefined && random.next() < field.noiseRate)
      value = field.noise.make(base, random, world);
    if (modern && field.fault !== undefined && random.next() < field.faultRate)
      value = field.fault.make(value, random);
    if (isHeader(field)) headers.push(headerOf(field.name), String(value));
    else if (value !== undefined) body[section][field.name] = value;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  return { kind: "answer", status: 200, headers, body: [bytes], bodyBytes: bytes.length, tooLarge: false };
}

function optionsOf(fields, control) {
  const headers = fields.filter(isHeader).map(({ name }) => headerOf(name));
  return {
    headers: ["content-type", ...headers],
    ignore: [],
    arrays: {},
    tolerance: {},
    redact: [],
    samples: 0,
    control,
  };
}

/** The field that a path is of. */
function fieldAt(path) {
  if (path.startsWith("header.x-")) return path.slice("header.x-".length).replaceAll("-", "_");
  return /^\$\.s\d+\.([^.[]+)/.exec(path)?.[1] ?? path;
}

const sided = (legacy, modern) => ({
  serving: { side: "legacy", answer: legacy },
  shadow: { side: "modern", answer: modern },
});

/** Diffy's rule (twitter-archive/diffy, README): raw and noise differ by more than 20 % of both, and by 0.03 % of all. */
class Diffy {
  raw = new Map();
  noise = new Map();
  total = 0;

  add(raw, noise) {
    this.total++;
    for (const path of new Set(raw)) this.raw.set(path, (this.raw.get(path) ?? 0) + 1);
    for (const path of new Set(noise)) this.noise.set(path, (this.noise.get(path) ?? 0) + 1);
  }

  flagged() {
    return [...this.raw].flatMap(([path, raw]) => {
      const noise = this.noise.get(path) ?? 0;
      const relative = (100 * Math.abs(raw - noise)) / (raw + noise);
      const absolute = (100 * Math.abs(raw - noise)) / this.total;
      return relative > 20 && absolute > 0.03 ? [path] : [];
    });
  }
}

/** One run: which paths each rule calls modern's at each checkpoint. */
function run(seed) {
  const random = randomOf(seed);
  const fields = fieldsOf(true);
  const options = optionsOf(fields, 100);
  let now = START_MS;
  const book = createNoiseBook({ now: () => now });
  const live = {
    definition: { compare: options },
    tally: { key: { route: "corpus", revision: 0, epoch: 0 } },
  };
  const diffy = new Diffy();
  const world = { counter: 0, now: () => now };
  const found = { fig: [], shown: [], diffy: [] };
  for (let i = 1; i <= COMPARISONS; i++) {
    now += 10;
    const [first, second, modern] = [false, false, true].map((of) => answerOf(fields, i, random, world, of));
    const job = {
      method: "GET",
      answers: sided(first, modern),
      options: book.optionsOf(live),
      maxBodyBytes: 1 << 20,
    };
    const control = { side: "legacy", answer: second };
    book.judged(live, verdictOf({ ...job, answers: { ...job.answers, control } }), true);
    const plainly = (answers) => verdictOf({ ...job, options, answers }).mismatches.map(({ path }) => path);
    diffy.add(plainly(sided(first, modern)), plainly(sided(first, second)));
    if (!CHECKPOINTS.includes(i)) continue;
    const judged = judgedPaths(book.rows(live.tally.key));
    const paths = (wanted) => judged.filter(wanted).map(({ path }) => path);
    found.fig.push(paths(({ state }) => state === "real"));
    found.shown.push(paths(({ state, modern }) => state === "real" || (state === "open" && modern > 0)));
    found.diffy.push(diffy.flagged());
  }
  return { fields, found };
}

/** Noise alone: how many of the comparisons count as mismatches, with a control in so many percent of them. */
function noiseAlone(seed, control) {
  const random = randomOf(seed);
  const fields = fieldsOf(false);
  const options = optionsOf(fields, control);
  let now = START_MS;
  const book = createNoiseBook({ now: () => now });
  const live = {
    definition: { compare: options },
    tally: { key: { route: "corpus", revision: 0, epoch: 0 } },
  };
  const world = { counter: 0, now: () => now };
  let [without, counted] = [0, 0];
  for (let i = 1; i <= COMPARISONS; i++) {
    now += 10;
    const [first, second, modern] = [0, 1, 2].map(() => answerOf(fields, i, random, world, false));
    const controlled = i <= 200 || random.next() * 100 < control;
    const job = {
      method: "GET",
      answers: sided(first, modern),
      options: book.optionsOf(live),
      maxBodyBytes: 1 << 20,
    };
    const answers = controlled
      ? { ...job.answers, control: { side: "legacy", answer: second } }
      : job.answers;
    const verdict = verdictOf({ ...job, answers });
    if (verdict.outcome === "mismatch") without++;
    if (book.judged(live, verdict, controlled).outcome === "mismatch") counted++;
  }
  return { without, counted };
}

const percent = (part, all) => (all === 0 ? "  –" : `${((100 * part) / all).toFixed(1)} %`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];

const RULES = {
  fig: "fig: proven (state `real`)",
  shown: "fig: shown as a difference (proven, or legacy never differs from itself there)",
  diffy: "Diffy's rule",
};
const runs = Array.from({ length: SEEDS }, (_, i) => run(i + 1));
const report = { seeds: SEEDS, comparisons: COMPARISONS, rules: {}, noiseAlone: {} };
for (const rule of Object.keys(RULES)) {
  const rows = CHECKPOINTS.map((at, index) => {
    let [flagged, wrong, faults, hit] = [0, 0, 0, 0];
    for (const { fields, found } of runs) {
      const faulty = new Set(fields.filter(({ fault }) => fault).map(({ name }) => name));
      const paths = found[rule][index];
      flagged += paths.length;
      wrong += paths.filter((path) => !faulty.has(fieldAt(path))).length;
      const of = new Set(paths.map(fieldAt));
      faults += faulty.size;
      hit += [...faulty].filter((name) => of.has(name)).length;
    }
    return { at, flagged, wrong, faults, hit };
  });
  const byRate = [...FAULT_RATES, "both"].map((rate) => {
    const firsts = runs.flatMap(({ fields, found }) =>
      fields
        .filter(
          ({ name, fault, faultRate }) =>
            fault && (rate === "both" ? name.startsWith("b_") : name.startsWith("f_") && faultRate === rate),
        )
        .map(({ name }) => found[rule].findIndex((paths) => paths.some((path) => fieldAt(path) === name))),
    );
    const detected = firsts.filter((index) => index >= 0);
    const at = median(firsts.map((index) => (index < 0 ? Number.POSITIVE_INFINITY : CHECKPOINTS[index])));
    return {
      rate,
      faults: firsts.length,
      detected: detected.length,
      median: Number.isFinite(at) ? at : null,
    };
  });
  report.rules[rule] = { rows, byRate };
}
if (!values.json) {
  for (const [rule, { rows, byRate }] of Object.entries(report.rules)) {
    console.log(`\n${RULES[rule]}\ncomparisons   called modern's   of these wrongly   faults found`);
    for (const { at, flagged, wrong, faults, hit } of rows) {
      const figures = [
        String(at).padStart(11),
        String(flagged).padStart(18),
        percent(wrong, flagged).padStart(19),
      ];
      console.log(`${figures.join("")}${percent(hit, faults).padStart(15)}`);
    }
    console.log("share of requests at fault   found   comparisons until then, median (checkpoints)");
    for (const { rate, faults, detected, median: at } of byRate) {
      const name = rate === "both" ? "5 % over 2 % of noise" : `${rate * 100} %`;
      console.log(`${name.padStart(26)}${percent(detected, faults).padStart(10)}   ${at ?? "not in these"}`);
    }
  }
  console.log("\nnoise alone: counted as mismatches, without fig's judgement and with it");
}
for (const control of [2, 10]) {
  const each = Array.from({ length: Math.min(SEEDS, 2) }, (_, i) => noiseAlone(1000 + i, control));
  const sum = (name) => each.reduce((total, one) => total + one[name], 0);
  report.noiseAlone[control] = {
    comparisons: each.length * COMPARISONS,
    without: sum("without"),
    counted: sum("counted"),
  };
  const { comparisons, without, counted } = report.noiseAlone[control];
  const share = ((100 * counted) / comparisons).toFixed(2);
  if (!values.json)
    console.log(`control ${control} %: ${percent(without, comparisons)}, ${share} % of ${comparisons}`);
}
if (values.json) console.log(JSON.stringify(report, null, 2));
