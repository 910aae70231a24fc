// `base`: what a field says of a request; `make`: what it says in its place. `header`: it is a response header.

const rows = (n) => [1, 2, 3, 4, 5].map((id) => ({ id: n * 10 + id, name: `row ${id}`, amount: n + id }));
const uuid = (random) => [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join("-");

/** What legacy says differently each time it is asked. */
export const NOISES = {
  timestamp: {
    base: (n) => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
    make: (_base, random, world) => new Date(world.now() - random.below(500)).toISOString(),
  },
  uuid: { base: () => "6ba7b810-9dad-11d1-80b4-00c04fd430c8", make: (_base, random) => uuid(random) },
  nonce: {
    base: () => "bm9uY2Ugb2Ygbm9ib2R5IQ==",
    make: (_base, random) => Buffer.from(random.hex(32), "hex").toString("base64"),
  },
  etag: { header: true, base: (n) => `"v${n}-1a2b3c4d"`, make: (_base, random) => `"${random.hex(16)}"` },
  order: { base: rows, make: (base, random) => random.shuffled(base) },
  jitter: { base: (n) => n + 0.25, make: (base, random) => base + (random.next() - 0.5) * 1e-6 },
  counter: { base: (n) => n, make: (_base, _random, world) => ++world.counter },
  age: { header: true, base: () => 0, make: (_base, random) => random.below(600) },
  host: { base: () => "web-1.shop.test", make: (_base, random) => `web-${1 + random.below(4)}.shop.test` },
  ad: {
    base: (n) => `value ${n}`,
    make: (_base, random) => random.pick(["shoes", "boats", "tea", "books", "lamps", "plants"]),
  },
};

/** What modern says wrongly. */
export const FAULTS = {
  missing: { base: (n) => `value ${n}`, make: () => undefined },
  extra: { base: () => undefined, make: () => "nobody asked" },
  null: { base: (n) => `value ${n}`, make: () => null },
  type: { base: (n) => n, make: (value) => String(value) },
  offByOne: { base: (n) => n, make: (value) => (typeof value === "number" ? value + 1 : `${value}1`) },
  rounded: {
    base: (n) => n + 0.125,
    make: (value) => (typeof value === "number" ? Math.round(value * 10) / 10 : value),
  },
  truncated: { base: (n) => `a text of some length, ${n}`, make: (value) => String(value).slice(0, 2) },
  case: { base: (n) => `Ada Lovelace ${n}`, make: (value) => String(value).toUpperCase() },
  mojibake: { base: (n) => `Zoë ${n}`, make: (value) => `${Buffer.from(String(value)).toString("latin1")}Ã` },
  flag: { base: () => true, make: (value) => value !== true },
  dropped: { base: rows, make: (value) => (Array.isArray(value) ? value.slice(0, -1) : []) },
  reordered: { base: rows, make: (value) => (Array.isArray(value) ? [...value].reverse() : []) },
  doubled: { base: rows, make: (value) => (Array.isArray(value) ? [...value, value[0]] : []) },
  header: { header: true, base: (n) => `/orders/${n}`, make: (value) => `/v2${value}` },
};
