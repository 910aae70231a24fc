import { expect, test } from "vitest";
import type { LoginOutcome } from "../../src/logins/contract.ts";
import { PlayedIssuer, visit } from "../support/played-issuer.ts";

const cookiesOf = (outcome: LoginOutcome) => ("cookies" in outcome ? outcome.cookies : []);
const EVENT = "http://schemas.openid.net/event/backchannel-logout";

let tokens = 0;
const claimsOf = (more: object): Record<string, unknown> => ({
  iss: "https://id.test",
  aud: "shop",
  iat: Math.floor(Date.now() / 1000),
  jti: `token ${++tokens}`,
  events: { [EVENT]: {} },
  ...more,
});

/** Two people, the first with two sessions of the provider's. */
async function people() {
  const issuer = new PlayedIssuer();
  const login = issuer.login();
  const inWith = async (claims: Record<string, unknown>) => {
    issuer.claims = claims;
    return visit(cookiesOf(await issuer.through(login)));
  };
  const [ada, adaToo, bob, none] = [
    await inWith({ sid: "s1" }),
    await inWith({ sid: "s2" }),
    await inWith({ sid: "s3", sub: "bob" }),
    await inWith({ sub: "eve" }),
  ];
  const holding = () => [ada, adaToo, bob, none].map((each) => login.session(each) !== undefined);
  return { issuer, login, holding, ada, inWith };
}

test("a logout of one session ends that one, wherever its cookie is kept", async () => {
  const { issuer, login, holding, ada } = await people();
  const before = login.session(ada);
  expect(before?.sid).toBe("s1");
  expect(before?.claims).toEqual({});
  expect(holding()).toEqual([true, true, true, true]);
  expect(await login.endElsewhere(claimsOf({ sub: "ada", sid: "s1" }))).toBeUndefined();
  expect(holding()).toEqual([false, true, true, true]);
  // A request of it that is under way gets no cookie that goes on.
  expect(before && login.keep(ada, before).join()).toMatch(/Max-Age=0/);
  // Other policies of the same client know it, and those of another client do not.
  expect(issuer.login().session(ada)).toBeUndefined();
  expect(await login.endElsewhere(claimsOf({ sid: "s3" }))).toBeUndefined();
  expect(holding()).toEqual([false, true, false, true]);
});

test("a logout of a person ends the sessions that they have, and none that they begin later", async () => {
  const { issuer, login, holding, inWith } = await people();
  issuer.offsetMs = 1_000;
  expect(await login.endElsewhere(claimsOf({ sub: "ada" }))).toBeUndefined();
  expect(holding()).toEqual([false, false, true, true]);
  issuer.offsetMs = 2_000;
  expect(login.session(await inWith({ sid: "s4" }))).toBeDefined();
});

test("a token ends something once, and what a state does not keep is not ended", async () => {
  const { issuer, login, holding } = await people();
  const claims = claimsOf({ sub: "ada", sid: "s1" });
  const [one, other] = await Promise.all([login.endElsewhere(claims), login.endElsewhere(claims)]);
  expect([one, other]).toEqual([undefined, "replayed"]);
  expect(await login.endElsewhere({ ...claims, sid: "s2" })).toBe("replayed");
  issuer.keeps = "no";
  const again = claimsOf({ sid: "s2" });
  expect(await login.endElsewhere(again)).toBe("unavailable");
  expect(holding()).toEqual([false, true, true, true]);
  issuer.keeps = "yes";
  expect(await login.endElsewhere(again)).toBeUndefined();
  expect(holding()).toEqual([false, false, true, true]);
});

test("a token ends something once, although others ended the same since", async () => {
  const { issuer, login, inWith } = await people();
  const first = claimsOf({ sub: "ada" });
  expect(await login.endElsewhere(first)).toBeUndefined();
  issuer.offsetMs = 1_000;
  expect(await login.endElsewhere(claimsOf({ sub: "ada" }))).toBeUndefined();
  issuer.offsetMs = 2_000;
  const again = await inWith({ sid: "s9" });
  issuer.offsetMs = 3_000;
  expect(await login.endElsewhere(first)).toBe("replayed");
  expect(login.session(again)).toBeDefined();
});

test("a token ends something once, however short the life of a session is", async () => {
  const issuer = new PlayedIssuer();
  const login = issuer.login({
    session: { secrets: ["x".repeat(32)], idle: "1m", life: "1m" },
  });
  const claims = claimsOf({ sub: "ada" });
  expect(await login.endElsewhere(claims)).toBeUndefined();
  issuer.offsetMs = 120_000;
  await login.endElsewhere(claimsOf({ sub: "bob" }));
  expect(await login.endElsewhere(claims)).toBe("replayed");
});

test("what ended is remembered for as long as such a session could last", async () => {
  const { issuer, login } = await people();
  await login.endElsewhere(claimsOf({ sid: "s1" }));
  const { endedElsewhere } = issuer.logins;
  const [kept] = [...(endedElsewhere as unknown as { ended: Map<string, unknown> }).ended.values()];
  expect(kept).toMatchObject({ before: null, until: expect.any(Number) });
  issuer.offsetMs = 13 * 3_600_000;
  await login.endElsewhere(claimsOf({ sid: "s2", iat: Math.floor(issuer.now() / 1000) }));
  expect((endedElsewhere as unknown as { ended: Map<string, unknown> }).ended.size).toBe(1);
});

test.each<[string, object]>([
  ["no event", { events: undefined }],
  ["an event of another kind", { events: { "urn:other": {} } }],
  ["an event that is no object", { events: { [EVENT]: "yes" } }],
  ["events in a list", { events: [EVENT] }],
  ["a nonce, as an ID token has it", { nonce: "n" }],
  ["an empty nonce", { nonce: "" }],
  ["nobody", { sub: undefined }],
  ["an empty sub", { sub: "" }],
  ["a sid that is no text", { sid: 1 }],
  ["no jti", { jti: undefined }],
  ["an empty jti", { jti: "" }],
  ["a huge jti", { jti: "x".repeat(1000) }],
  ["no iat", { iat: undefined }],
  ["an iat of long ago", { iat: Math.floor(Date.now() / 1000) - 3600 }],
  ["no audience", { aud: undefined, client_id: "shop" }],
])("a token with %s ends nothing", async (_, claims) => {
  const { login, holding } = await people();
  expect(await login.endElsewhere(claimsOf({ sub: "ada", ...claims }))).toBe("claims");
  expect(holding()).toEqual([true, true, true, true]);
});
