// What comparing two answers costs, parsing included: fig's engine beside what others have, in bytes of both bodies a second.
import { create } from "jsondiffpatch";
import diff from "microdiff";
import { fixed, median, publish, table, takeTurns, verdict } from "./report.mjs";

const KIB = 1024;
const SIZES = [KIB, 10 * KIB, 100 * KIB];
/** Pairs of each size, so that no engine sees the same bytes again at once. */
const PAIRS = 16;

const RULES = {
  headers: ["content-type"],
  ignore: ["$.items[*].updatedAt"],
  arrays: { "$.items": { mode: "key", key: "id" } },
  tolerance: { "$.items[*].price": 0.01 },
  redact: [],
  samples: 5,
};

function item(seed, i) {
  const id = seed * 10_007 + i;
  return {
    id,
    sku: `SKU-${String(id * 7919).padStart(9, "0")}`,
    name: `Item ${id} of the catalogue`,
    price: (id % 9973) / 100,
    updatedAt: new Date(1_790_000_000_000 + id * 61_007).toISOString(),
    stock: { berlin: id % 41, lisbon: id % 17 },
    tags: ["new", id % 2 === 0 ? "sale" : "regular"],
  };
}

/** Two bodies of about `bytes` each: every element has another time, and one has another name. */
function bodiesOf(bytes, seed) {
  const items = [];
  for (let size = 0; size < bytes; size += JSON.stringify(items.at(-1)).length + 1)
    items.push(item(seed, items.length));
  const changed = items.map((each, i) => ({
    ...each,
    updatedAt: new Date(Date.parse(each.updatedAt) + 1234).toISOString(),
    ...(i === (seed * 31) % items.length ? { name: `${each.name}!` } : {}),
  }));
  return [items, changed].map((list) => Buffer.from(JSON.stringify({ page: 1, items: list })));
}

function answerOf(side, body) {
  const headers = ["Content-Type", "application/json"];
  return {
    side,
    answer: { kind: "answer", status: 200, headers, body: [body], bodyBytes: body.length, tooLarge: false },
  };
}

const structural = create({
  objectHash: ({ id }) => id,
  propertyFilter: (name) => name !== "updatedAt",
});
const parsed = (body) => JSON.parse(body.toString());
const differs = (expected, told) => {
  if (told !== expected) throw new Error(`${told} differences instead of ${expected}`);
};

/** Each says what it found, so that a wrong one is no fast one. `items` is how many times differ besides. */
async function engines() {
  const { verdictOf } = await import("../src/compare/verdict.ts");
  return {
    fig: ([legacy, modern]) => {
      const { mismatches } = verdictOf({
        method: "GET",
        answers: { serving: answerOf("legacy", legacy), shadow: answerOf("modern", modern) },
        options: RULES,
        maxBodyBytes: 1 << 24,
      });
      differs(1, mismatches.length);
    },
    jsondiffpatch: ([legacy, modern]) => {
      const delta = structural.diff(parsed(legacy), parsed(modern));
      differs(1, Object.keys(delta.items).length - 1);
    },
    microdiff: ([legacy, modern]) => {
      const found = diff(parsed(legacy), parsed(modern)).filter(({ path }) => path.at(-1) !== "updatedAt");
      differs(1, found.length);
    },
    "JSON.parse of both alone": ([legacy, modern]) => {
      differs(1, parsed(legacy).page * parsed(modern).page);
    },
  };
}

const MB = 1e6;

function megabytesPerSecond(engine, pairs, seconds) {
  const end = performance.now() + seconds * 1000;
  const start = performance.now();
  let bytes = 0;
  while (performance.now() < end) {
    for (const pair of pairs) {
      engine(pair);
      bytes += pair[0].length + pair[1].length;
    }
  }
  return bytes / MB / ((performance.now() - start) / 1000);
}

export async function compareEngine(options) {
  const { rounds, seconds, warmup } = options.times({ rounds: 9, seconds: 1, warmup: 2 });
  const all = await engines();
  const names = Object.keys(all);
  const medians = {};
  const data = {};
  for (const size of SIZES) {
    const pairs = Array.from({ length: PAIRS }, (_, seed) => bodiesOf(size, seed + 1));
    for (const name of names) megabytesPerSecond(all[name], pairs, warmup);
    const runs = await takeTurns(names, rounds, (name) => megabytesPerSecond(all[name], pairs, seconds));
    data[size] = Object.fromEntries(runs);
    medians[size] = Object.fromEntries(names.map((name) => [name, median(runs.get(name))]));
    options.progress(
      `${size / KIB} KiB: ${names.map((name) => `${name} ${fixed(medians[size][name])}`).join(", ")} MB/s`,
    );
  }
  return publish({
    name: "compare-engine",
    title: "Comparing two answers",
    intro: [
      "Two JSON bodies of about 1, 10 and 100 KiB: a list of records, a time differs in each and is ignored, one name differs. fig has a keyed array, an ignored path",
      "and a tolerance as rules; jsondiffpatch has the same key and leaves the time out; microdiff compares by index, and its differences are filtered. Parsing is included",
      `for all. MB/s are bytes of both bodies; medians of ${rounds} turns of ${seconds} s in one process after ${warmup} s of warm-up.`,
    ],
    sections: [
      table(
        ["engine, MB/s", ...SIZES.map((size) => `${size / KIB} KiB`)],
        names.map((name) => [name, ...SIZES.map((size) => fixed(medians[size][name]))]),
      ),
    ],
    verdicts: SIZES.map((size) =>
      verdict(`fig, ${size / KIB} KiB, MB/s of both bodies`, medians[size].fig, "at least", 60, 0),
    ),
    data,
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
