import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { LoginOutcome, Session } from "../../src/logins/contract.ts";
import { confusedToken, PlayedIssuer, signedToken, visit } from "../support/played-issuer.ts";

const cookiesOf = (outcome: LoginOutcome) => ("cookies" in outcome ? outcome.cookies : []);

test("a login is a session, and what is no person's is not kept of the token", async () => {
  const issuer = new PlayedIssuer();
  issuer.claims = { email: "ada@shop.test", azp: "shop" };
  const login = issuer.login();
  const outcome = await issuer.through(login);
  expect(outcome).toMatchObject({ kind: "go", location: "/orders" });
  const session = login.session(visit(cookiesOf(outcome)));
  expect(session).toMatchObject({ subject: "ada", claims: { email: "ada@shop.test" }, refreshToken: "r1" });
  expect(Object.keys(session?.claims ?? {})).toEqual(["email"]);
  expect(cookiesOf(outcome)[0]).toMatch(
    /^__Host-fig_session=1\.[\w-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
  );
  expect(login.session(visit(cookiesOf(outcome), "evil.test"))).toBeUndefined();
  // Its keys and its metadata are asked for once.
  await issuer.through(login);
  expect(issuer.asked.sort()).toEqual(["/.well-known/openid-configuration", "/keys", "/token", "/token"]);
});

const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const TOKENS: readonly [what: string, token: PlayedIssuer["token"]][] = [
  ["no ID token", () => undefined],
  ["no JWT", () => "hello"],
  ["no signature", (claims) => signedToken(claims).replace(/[^.]+$/, "")],
  ["another key", (claims) => signedToken(claims, other)],
  ["a key that the issuer does not have", (claims) => signedToken(claims, other, { alg: "RS256", kid: "2" })],
  ["the algorithm none", (claims) => signedToken(claims, undefined, { alg: "none" }).replace(/[^.]+$/, "")],
  ["a key taken for a secret", (claims) => confusedToken(claims)],
  [
    "an algorithm that it does not say",
    (claims) => signedToken(claims, undefined, { alg: "PS256", kid: "1" }),
  ],
  ["another issuer", (claims) => signedToken({ ...claims, iss: "https://evil.test" })],
  ["another audience", (claims) => signedToken({ ...claims, aud: "other" })],
  [
    "several audiences and another party",
    (claims) => signedToken({ ...claims, aud: ["shop", "x"], azp: "x" }),
  ],
  ["no end", (claims) => signedToken({ ...claims, exp: undefined })],
  ["an end that is over", (claims) => signedToken({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 })],
  ["no nonce", (claims) => signedToken({ ...claims, nonce: undefined })],
  ["another nonce", (claims) => signedToken({ ...claims, nonce: "x".repeat(64) })],
  ["no subject", (claims) => signedToken({ ...claims, sub: undefined })],
];

test.each(TOKENS)("a provider's answer with %s is no login", async (_, token) => {
  const issuer = new PlayedIssuer();
  issuer.token = token;
  const outcome = await issuer.through(issuer.login());
  expect(["failed", "unavailable"]).toContain(outcome.kind);
  expect(cookiesOf(outcome).join()).not.toMatch(/fig_session=[^;]/);
  expect(issuer.warned.join()).not.toMatch(/eyJ/);
});

test("a long session is in several cookies, and a shorter one takes them away", async () => {
  const issuer = new PlayedIssuer();
  issuer.claims = { groups: Array.from({ length: 300 }, (_, at) => `group-${at}`) };
  const login = issuer.login();
  const long = cookiesOf(await issuer.through(login)).filter((set) => !set.includes("_login_"));
  expect(long.length).toBeGreaterThan(1);
  expect(long.every((set) => set.length < 4096)).toBe(true);
  expect(login.session(visit(long))?.claims.groups).toHaveLength(300);
  expect(login.session(visit(long.slice(0, -1)))).toBeUndefined();
  const short = login.keep(visit(long), {
    ...(login.session(visit(long)) as Session),
    claims: {},
    idToken: undefined,
  });
  expect(short.map((set) => /Max-Age=0/.test(set))).toEqual([false, ...long.slice(1).map(() => true)]);
  expect(login.session(visit([...long, ...short]))?.claims).toEqual({});
  expect(login.drop(visit(long))).toHaveLength(long.length);
  expect(login.withoutCookies(["a", "b", "Cookie", `x=1; ${visit(long).headers[1]}; y=2`])).toEqual([
    "a",
    "b",
    "Cookie",
    "x=1; y=2",
  ]);
});

test("what does not fit goes: the ID token, then what nobody is told; what is left is too large", async () => {
  const issuer = new PlayedIssuer();
  issuer.claims = { email: "ada@shop.test", about: "x".repeat(5_000) };
  const bare = issuer.login();
  const without = bare.session(visit(cookiesOf(await issuer.through(bare))));
  expect([without?.idToken, String(without?.claims.about).length]).toEqual([undefined, 5_000]);
  issuer.claims = { email: "ada@shop.test", about: "x".repeat(20_000) };
  const few = issuer.login({ forward: { claims: ["email"] } });
  expect(few.session(visit(cookiesOf(await issuer.through(few))))?.claims).toEqual({
    email: "ada@shop.test",
  });
  expect(await issuer.through(issuer.login({ forward: { claims: ["about"] } }))).toMatchObject({
    kind: "failed",
    fault: "too_large",
  });
  expect(issuer.logins.counts.limits.session).toBe(3);
});

async function renewable(): Promise<{
  issuer: PlayedIssuer;
  login: ReturnType<PlayedIssuer["login"]>;
  session: Session;
}> {
  const issuer = new PlayedIssuer();
  const login = issuer.login();
  const session = login.session(visit(cookiesOf(await issuer.through(login)))) as Session;
  expect(login.due(session)).toBeUndefined();
  issuer.offsetMs = 55_000;
  expect(login.due(session)).toBe("refresh");
  issuer.asked.length = 0;
  return { issuer, login, session };
}

test("many requests of a session are one question, and one with the cookie of before gets the same", async () => {
  const { issuer, login, session } = await renewable();
  issuer.claims = { email: "new@shop.test" };
  const given = new Set<string>();
  issuer.answers = (body, form) => {
    const token = form.get("refresh_token") ?? "";
    if (given.has(token)) return { error: "invalid_grant" };
    given.add(token);
    return { ...body, refresh_token: "r2" };
  };
  const all = await Promise.all(Array.from({ length: 50 }, () => login.refresh(session)));
  expect(issuer.asked).toEqual(["/token"]);
  expect(new Set(all).size).toBe(1);
  expect(all[0]).toMatchObject({ id: session.id, refreshToken: "r2", claims: { email: "new@shop.test" } });
  issuer.offsetMs += 50_000;
  expect(await login.refresh(session)).toBe(all[0]);
  // After that, a token that was used is one that was stolen.
  issuer.offsetMs += 50_000;
  expect(await login.refresh(session)).toBe("ended");
  expect(login.session(visit(login.keep(visit([]), session)))).toBeUndefined();
});

test("a provider that is away leaves a session as it is, and is asked again after a while", async () => {
  const { issuer, login, session } = await renewable();
  issuer.answers = () => "away";
  expect(await login.refresh(session)).toBe(session);
  expect(await login.refresh(session)).toBe(session);
  expect(issuer.asked).toEqual(["/token"]);
  issuer.answers = (body) => body;
  issuer.offsetMs += 10_000;
  expect(await login.refresh(session)).not.toBe(session);
  expect(issuer.warned).toEqual(["unreachable: ECONNREFUSED"]);
});

test("a renewed token of another person ends a session", async () => {
  const { issuer, login, session } = await renewable();
  issuer.claims = { sub: "eve" };
  expect(await login.refresh(session)).toBe("ended");
});

test("a session that ends while a request is under way is not written again", async () => {
  const issuer = new PlayedIssuer();
  const login = issuer.login();
  const cookies = cookiesOf(await issuer.through(login));
  const session = login.session(visit(cookies)) as Session;
  await login.end(visit(cookies));
  expect(login.keep(visit(cookies), session).join()).not.toMatch(/fig_session=[^;]/);
  expect(login.session(visit(cookies))).toBeUndefined();
});

test("as many questions as may be are under way, and more are told to come again", async () => {
  const issuer = new PlayedIssuer();
  const login = issuer.login();
  const many = await Promise.all(Array.from({ length: 250 }, () => login.begin(visit([]), "/")));
  expect(many.filter(({ kind }) => kind === "unavailable")).toHaveLength(50);
  expect(issuer.asked).toEqual(["/.well-known/openid-configuration"]);
  expect(issuer.logins.counts.limits.busy).toBe(50);
});
