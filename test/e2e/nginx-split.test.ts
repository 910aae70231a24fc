import { beforeAll, expect, test } from "vitest";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../src/domain/split.ts";
import { askAdmin } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { haveNginx, INSTALL_NGINX, NGINX, startNginx } from "./support/nginx.ts";
import { startSide, startSplitDoor } from "./support/split-door.ts";

const PERCENTAGES = [0.01, 10, 33.33, 50, 99.99];
const COHORT = "shop";
const CONNECTIONS = 8;

/** Keys as they come in practice, of every length modulo 4, and some of high bytes (as latin1). */
const KEYS = Array.from({ length: 10_000 }, (_, i) => {
  const shapes = [
    `user-${i}`,
    `${i}`,
    `10.0.${i >> 8}.${i & 255}`,
    `sid=${(i * 2654435761).toString(36)}`,
    `\xc3\xbc${i}`,
  ];
  return shapes[i % shapes.length] as string;
});

const blocks = PERCENTAGES.map(
  (percent, i) => `split_clients "${COHORT}:$http_x_key" $side${i} { ${percent}% M; * L; }`,
).join("\n  ");

/** Every key once, over a few connections; what each was answered. */
async function askAll(url: string, header: string, keys: readonly string[]): Promise<string[]> {
  const clients = Array.from({ length: CONNECTIONS }, () => new KeepAliveClient(url));
  const answers: string[] = new Array(keys.length);
  let next = 0;
  const work = clients.map(async (client) => {
    for (let i = next++; i < keys.length; i = next++) {
      answers[i] = (await client.ask("GET", "/a", { [header]: keys[i] as string })).body;
    }
  });
  try {
    await Promise.all(work);
    return answers;
  } finally {
    for (const client of clients) client.close();
  }
}

/** One letter a percentage for each key, M or L. */
async function nginxSides(): Promise<string[]> {
  const nginx = await startNginx(blocks, `return 200 "${PERCENTAGES.map((_, i) => `$side${i}`).join("")}";`);
  try {
    return await askAll(nginx.url, "x-key", KEYS);
  } finally {
    await nginx.stop();
  }
}

/** The same of some keys by a front door, shifted from percentage to percentage. */
async function doorSides(keys: readonly string[]): Promise<string[]> {
  const legacy = await startSide("legacy");
  const modern = await startSide("modern");
  const door = await startSplitDoor(legacy, modern);
  try {
    const sides = keys.map(() => "");
    for (const percent of PERCENTAGES) {
      await askAdmin(door.adminUrl, "POST", "/routes/shop/shift", { modern: percent, reason: "as nginx" });
      for (const [i, side] of (await askAll(door.url, "x-user-id", keys)).entries())
        sides[i] += side === "modern" ? "M" : "L";
    }
    return sides;
  } finally {
    await door.close();
    legacy.close();
    modern.close();
  }
}

if (!haveNginx() && process.env.CI === "true") {
  test("a real nginx is there to compare with", () => {
    expect.fail(`${NGINX} is missing: ${INSTALL_NGINX}`);
  });
} else if (!haveNginx()) {
  process.stderr.write(`SKIPPED: the comparison with a real nginx, which is missing: ${INSTALL_NGINX}\n`);
  test.skip(`10,000 keys agree with a real nginx: SKIPPED, ${NGINX} is missing: ${INSTALL_NGINX}`, () =>
    undefined);
} else {
  let theirs: string[];
  beforeAll(async () => {
    theirs = await nginxSides();
  });

  test("10,000 keys hash as in a real nginx's split_clients, at five percentages", () => {
    const prefix = cohortPrefix(COHORT);
    const thresholds = PERCENTAGES.map(thresholdOf);
    const ours = KEYS.map((key) =>
      thresholds.map((at) => (sideOf(splitHash(prefix, key), at) === "modern" ? "M" : "L")).join(""),
    );
    expect(KEYS.filter((_, i) => ours[i] !== theirs[i])).toEqual([]);
    // Were everyone on one side, agreement would say nothing.
    for (let i = 1; i < PERCENTAGES.length; i++) {
      const modern = ours.filter((sides) => sides[i] === "M").length / KEYS.length;
      expect(Math.abs(modern * 100 - (PERCENTAGES[i] as number))).toBeLessThan(2);
    }
  });

  test("a front door sends clients where nginx would, at five percentages: those nearest to an end, and every tenth", {
    timeout: 90_000,
  }, async () => {
    const ends = new Set(["MMMMM", "LLLLL"]);
    const some = KEYS.map((_, i) => i).filter((i) => i % 10 === 0 || ends.has(theirs[i] as string));
    expect(new Set(some.map((i) => theirs[i])).size).toBe(PERCENTAGES.length + 1);
    const ours = await doorSides(some.map((i) => KEYS[i] as string));
    expect(some.filter((i, at) => ours[at] !== theirs[i]).map((i) => KEYS[i])).toEqual([]);
  });
}
