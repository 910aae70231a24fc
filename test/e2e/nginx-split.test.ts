import { expect, test } from "vitest";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../src/domain/split.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { haveNginx, INSTALL_NGINX, NGINX, startNginx } from "./support/nginx.ts";

const PERCENTAGES = [0.01, 10, 33.33, 50, 99.99];
const COHORT = "orders";
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

async function nginxSides(): Promise<string[]> {
  const nginx = await startNginx(blocks, `return 200 "${PERCENTAGES.map((_, i) => `$side${i}`).join("")}";`);
  const clients = Array.from({ length: CONNECTIONS }, () => new KeepAliveClient(nginx.url));
  try {
    const sides: string[] = new Array(KEYS.length);
    let next = 0;
    const work = clients.map(async (client) => {
      for (let i = next++; i < KEYS.length; i = next++) {
        sides[i] = (await client.ask("GET", "/", { "x-key": KEYS[i] as string })).body;
      }
    });
    await Promise.all(work);
    return sides;
  } finally {
    for (const client of clients) client.close();
    await nginx.stop();
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
  test("10,000 keys agree with a real nginx split_clients at five percentages", {
    timeout: 60_000,
  }, async () => {
    const theirs = await nginxSides();
    const prefix = cohortPrefix(COHORT);
    const thresholds = PERCENTAGES.map(thresholdOf);
    const ours = KEYS.map((key) =>
      thresholds
        .map((threshold) => (sideOf(splitHash(prefix, key), threshold) === "modern" ? "M" : "L"))
        .join(""),
    );
    const differing = KEYS.filter((_, i) => ours[i] !== theirs[i]);
    expect(differing).toEqual([]);
    // Were everyone on one side, agreement would say nothing.
    for (let i = 1; i < PERCENTAGES.length; i++) {
      const modern = ours.filter((sides) => sides[i] === "M").length / KEYS.length;
      expect(Math.abs(modern * 100 - (PERCENTAGES[i] as number))).toBeLessThan(2);
    }
  });
}
