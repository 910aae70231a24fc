import fc from "fast-check";
import { expect, test } from "vitest";
import { requestHash } from "../../src/domain/request-hash.ts";

const WINDOW = { route: "orders", revision: 3, epoch: 1 };
const ASKED = {
  ...{ method: "GET", host: "shop.example", path: "/orders/1?page=2" },
  headers: [] as readonly string[],
};

const hashOf = (
  changes: Partial<typeof ASKED & typeof WINDOW & { key: number }> = {},
  body: readonly Uint8Array[] = [],
) => {
  const { key = 17, ...rest } = changes;
  return requestHash({ ...WINDOW, ...rest }, key, { ...ASKED, ...rest }, body);
};

test("is another one for another client, window, method, host, path, query and body", () => {
  const hashes = [
    hashOf(),
    ...[{ key: 18 }, { revision: 4 }, { epoch: 2 }, { route: "order" }].map((one) => hashOf(one)),
    ...[{ method: "HEAD" }, { host: "shop.test" }, { path: "/orders/1" }, { path: "/orders/1?page=3" }].map(
      (one) => hashOf(one),
    ),
    // What ends in one part does not go on in the next.
    hashOf({ host: "shop.example/", path: "orders/1?page=2" }),
    hashOf({}, [Buffer.from("a")]),
    hashOf({}, [Buffer.from("b")]),
    hashOf({}, [Buffer.from("aa")]),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashOf()).toBe(hashes[0]);
});

test("has the fields that say who asks and for which form, and no others", () => {
  const of = (...headers: string[]) => hashOf({ headers });
  const long = (middle: string) => `Bearer ${"x".repeat(400)}${middle}${"y".repeat(400)}`;
  const hashes = [
    of(),
    ...[of("Authorization", "Bearer a"), of("authorization", "Bearer b"), of("Cookie", "Bearer a")],
    ...[of("X-Api-Key", "a"), of("Accept", "text/html"), of("Accept-Language", "de")],
    ...[of("Authorization", long("")), of("Authorization", `${long("")}z`)],
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  const ids = ["x-request-id", "traceparent", "if-none-match", "user-agent", "x-amzn-trace-id"];
  for (const name of ids) expect(of(name, "1", "Cookie", "a"), name).toBe(of("Cookie", "a"));
  // What is looked at is bounded.
  expect(of("Authorization", long("1"))).toBe(of("Authorization", long("2")));
});

test("is a whole number from 1 to 2^53 - 1, however the body came in chunks", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      fc.array(fc.nat({ max: 5000 }), { maxLength: 4 }),
      fc.nat(),
      (body, cuts, key) => {
        const at = [0, ...cuts.filter((cut) => cut < body.length).sort((a, b) => a - b), body.length];
        const chunks = at.slice(1).map((end, i) => body.subarray(at[i], end));
        const hash = hashOf({ key }, [body]);
        expect(hashOf({ key }, chunks)).toBe(hash);
        expect(Number.isSafeInteger(hash) && hash > 0).toBe(true);
      },
    ),
  );
});

test("of a large body its first and its last KiB say which it is, and its length", () => {
  const body = (length: number, change?: number) => {
    const bytes = Buffer.alloc(length, "x");
    if (change !== undefined) bytes[change] = 0;
    return [bytes];
  };
  const hash = hashOf({}, body(10_000));
  for (const at of [0, 1023, 10_000 - 1024, 9_999]) expect(hashOf({}, body(10_000, at))).not.toBe(hash);
  expect(hashOf({}, body(10_001))).not.toBe(hash);
  expect(hashOf({}, body(10_000, 5_000))).toBe(hash);
  for (let at = 0; at < 1500; at += 100)
    expect(hashOf({}, body(1500, at)), `byte ${at}`).not.toBe(hashOf({}, body(1500)));
});

test("a million requests that look alike have a million hashes, and as many first and last bits as chance gives", () => {
  const hashes = new Set<number>();
  const slots = new Set<number>();
  for (let key = 0; key < 100; key++)
    for (let page = 0; page < 10_000; page++) {
      const hash = hashOf({ key, path: `/orders/${page}` });
      hashes.add(hash);
      if (key === 0) slots.add((hash >>> 0) % 131_072);
    }
  expect(hashes.size).toBe(1_000_000);
  // Of 10,000 balls in 131,072 boxes 371 meet another by chance.
  expect(10_000 - slots.size).toBeLessThan(500);
});
