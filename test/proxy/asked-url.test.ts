import { expect, test } from "vitest";
import { verdictOf } from "../../src/compare/verdict.ts";
import { compileNetworks } from "../../src/domain/client-address.ts";
import type { ExchangeSettings } from "../../src/proxy/contract.ts";
import { definitionOf, ExchangeWorld } from "../support/exchange-world.ts";

/** The comparison of two redirects, answered to a client that asked with these headers. */
function comparedRedirects(
  headers: readonly string[],
  legacy: string,
  modern: string,
  settings: Partial<ExchangeSettings> = {},
) {
  const compare = { ...definitionOf({}).compare, headers: ["location"] };
  const world = new ExchangeWorld({
    position: { modern: 0, shadow: 100 },
    definition: { compare },
    settings,
  });
  const lane = world.request({ headers });
  world.legacy.last.answer(302, "", ["location", legacy]);
  lane.flush();
  world.modern.last.answer(302, "", ["location", modern]);
  const { job } = world.comparer.jobs[0] as (typeof world.comparer.jobs)[0];
  return { url: job.url, outcome: verdictOf(job).outcome };
}

test("a redirect is compared by where it leads the client that asked", () => {
  const asked = (legacy: string, modern: string) => comparedRedirects(["Host", "shop.test"], legacy, modern);
  const { url, outcome } = asked("/home", "http://shop.test:80/home");
  expect([url?.startsWith("http://shop.test/"), outcome]).toEqual([true, "match"]);
  expect(asked("/home", "https://shop.test/home").outcome).toBe("mismatch");
  expect(asked("/home", "http://modern.internal/home").outcome).toBe("mismatch");
});

test("a host that is no part of a URL does no harm", () => {
  expect(comparedRedirects(["Host", "shop.test:8080"], "/a", "http://shop.test:8080/a").outcome).toBe(
    "match",
  );
  expect(comparedRedirects(["Host", "[::1]:80"], "/a", "http://[::1]/a").outcome).toBe("match");
  expect(comparedRedirects(["Host", "a_b.test"], "/a", "/b").outcome).toBe("mismatch");
});

test.each(["x", "rfc7239", "both"] as const)(
  "the scheme is that of a believed sender, `forwarded: %s` or not",
  (forwarded) => {
    const settings = { forwarded, trusted: compileNetworks(["127.0.0.1"]) };
    const asked = ["Host", "shop.test", "X-Forwarded-Proto", "https"];
    const seen = comparedRedirects(asked, "/home", "https://shop.test/home", settings);
    expect([seen.url?.startsWith("https://shop.test/"), seen.outcome]).toEqual([true, "match"]);
    expect(comparedRedirects(asked, "/home", "https://shop.test/home").outcome).toBe("mismatch");
  },
);

test("the host is that of a believed sender, whose own may be another", () => {
  const asked = [
    "Host",
    "balancer.test",
    "X-Forwarded-Host",
    "shop.test",
    "X-Forwarded-Proto",
    "https, http",
  ];
  const trusted = { trusted: compileNetworks(["127.0.0.1"]) };
  expect(comparedRedirects(asked, "/home", "https://shop.test/home", trusted).outcome).toBe("match");
  expect(comparedRedirects(asked, "/home", "https://shop.test/home").outcome).toBe("mismatch");
});
