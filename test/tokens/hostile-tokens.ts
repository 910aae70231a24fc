import { createPublicKey, createSecretKey } from "node:crypto";
import { goodClaims, issuerKey, NOW_S, part, signature, token } from "./issuer.ts";

const rsa = issuerKey("RS256", "rsa-1", { alg: "RS256" });
const ec = issuerKey("ES256", "ec-1");
const ed = issuerKey("EdDSA", "ed-1");
const es384 = issuerKey("ES384", "es384-1");
const es512 = issuerKey("ES512", "es512-1");
const plain = issuerKey("RS256", "rsa-any");
const small = issuerKey("small", "small-1");
const leaked = issuerKey("RS256", "leaked-1");
const forEncryption = issuerKey("RS256", "enc-1", { use: "enc" });
/** The attacker's own. */
const foreign = issuerKey("RS256", "rsa-1");
const foreignEc = issuerKey("ES256", "ec-1");

/** What the issuer publishes. */
export const PUBLISHED = [
  rsa.jwk,
  ec.jwk,
  ed.jwk,
  es384.jwk,
  es512.jwk,
  plain.jwk,
  small.jwk,
  { ...leaked.privateKey.export({ format: "jwk" }), kid: leaked.kid },
  forEncryption.jwk,
];

const RS = { alg: "RS256", typ: "JWT", kid: "rsa-1" };

/** A request that is not to come through. */
interface HostileCase {
  readonly name: string;
  /** Header lines, flat [name, value, ...]. */
  readonly send: (issuer: string) => readonly string[];
  /** The verdict that the log and explain give it. */
  readonly verdict: string;
  readonly status?: number;
}

const bearer = (text: string) => ["Authorization", `Bearer ${text}`];
/** Of the issuer's own key, with another header or other claims. */
const of = (
  name: string,
  verdict: string,
  header: object,
  claims: object = {},
  status?: number,
): HostileCase => ({
  name,
  verdict,
  send: (issuer) =>
    bearer(
      token(
        { ...RS, ...header },
        goodClaims(issuer, claims as Record<string, unknown>),
        rsa.privateKey,
        "RS256",
      ),
    ),
  ...(status === undefined ? {} : { status }),
});
const made = (name: string, verdict: string, make: (issuer: string) => string): HostileCase => ({
  name,
  verdict,
  send: (issuer) => bearer(make(issuer)),
});
const good = (issuer: string) => token(RS, goodClaims(issuer), rsa.privateKey);
const unsigned = (header: object) => (issuer: string) => `${part(header)}.${part(goodClaims(issuer))}.`;
const ours = (header: object, issuer: string) => `${part(header)}.${part(goodClaims(issuer))}`;

const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
const der = rsa.publicKey.export({ type: "spki", format: "der" });
const secretOf = (bytes: string | Buffer) => createSecretKey(Buffer.from(bytes as string));
const hmac = (name: string, secret: string | Buffer) =>
  made(`HS256 with ${name} as the secret`, "algorithm", (issuer) =>
    token({ ...RS, alg: "HS256" }, goodClaims(issuer), secretOf(secret), "HS256"),
  );
const tampered = (name: string, header: object, sign: Buffer) =>
  made(name, "signature", (issuer) => `${ours(header, issuer)}.${part(sign)}`);

const jwkOf = foreign.publicKey.export({ format: "jwk" });
/** Signed by the attacker, who says in the header where the key is. */
const keyed = (name: string, header: object) =>
  made(name, "signature", (issuer) => token({ ...RS, ...header }, goodClaims(issuer), foreign.privateKey));
const kid = (name: string, value: unknown, verdict = "key_unknown") =>
  made(`kid: ${name}`, verdict, (issuer) =>
    token({ ...RS, kid: value }, goodClaims(issuer), foreign.privateKey),
  );
const raw = (name: string, text: string, verdict = "malformed"): HostileCase => ({
  name,
  verdict,
  send: () => bearer(text),
});

export const HOSTILE: readonly HostileCase[] = [
  // No signature.
  ...["none", "None", "NONE", "nOnE", "", "none "].map((alg) =>
    made(`alg ${JSON.stringify(alg)} without a signature`, "algorithm", unsigned({ ...RS, alg })),
  ),
  made("alg none with the signature of another token", "algorithm", (issuer) => {
    const [, , last] = good(issuer).split(".");
    return `${unsigned({ ...RS, alg: "none" })(issuer)}${last}`;
  }),
  made("a signature cut off", "signature", (issuer) => good(issuer).replace(/\.[^.]*$/, ".")),
  made("alg left out", "malformed", (issuer) =>
    token({ typ: "JWT", kid: "rsa-1" }, goodClaims(issuer), rsa.privateKey, "RS256"),
  ),
  made("alg a list", "malformed", (issuer) =>
    token({ ...RS, alg: ["RS256"] }, goodClaims(issuer), rsa.privateKey, "RS256"),
  ),
  // Another kind of key.
  hmac("the public key (PEM)", pem),
  hmac("the public key (PEM, trimmed)", String(pem).trim()),
  hmac("the public key (DER)", der),
  hmac("the public key (JWK)", JSON.stringify(rsa.jwk)),
  hmac("the modulus", String(rsa.jwk.n)),
  hmac("nothing", Buffer.from([0])),
  made("HS512 with the public key", "algorithm", (issuer) =>
    token({ ...RS, alg: "HS512" }, goodClaims(issuer), secretOf(pem), "HS512"),
  ),
  made("RS256 in lower case", "algorithm", (issuer) =>
    token({ ...RS, alg: "rs256" }, goodClaims(issuer), rsa.privateKey, "RS256"),
  ),
  made("ES256K, which is not taken", "algorithm", (issuer) =>
    token({ ...RS, alg: "ES256K" }, goodClaims(issuer), rsa.privateKey, "RS256"),
  ),
  made("an EC key's name with RS256", "key_unknown", (issuer) =>
    token({ ...RS, kid: "ec-1" }, goodClaims(issuer), foreign.privateKey),
  ),
  made("an RSA key's name with ES256", "key_unknown", (issuer) =>
    token({ ...RS, alg: "ES256" }, goodClaims(issuer), foreignEc.privateKey),
  ),
  made("PS256 of a key that is for RS256", "key_unknown", (issuer) =>
    token({ ...RS, alg: "PS256" }, goodClaims(issuer), rsa.privateKey),
  ),
  made("ES384 of a P-256 key", "key_unknown", (issuer) =>
    token({ alg: "ES384", kid: "ec-1" }, goodClaims(issuer), ec.privateKey),
  ),
  made("RS512 that is RS256's signature", "signature", (issuer) =>
    token({ alg: "RS512", kid: "rsa-any" }, goodClaims(issuer), plain.privateKey, "RS256"),
  ),
  made("PS256 that is RS256's signature", "signature", (issuer) =>
    token({ alg: "PS256", kid: "rsa-any" }, goodClaims(issuer), plain.privateKey, "RS256"),
  ),
  // A key of the attacker's.
  made("another's key under a known name", "signature", (issuer) =>
    token(RS, goodClaims(issuer), foreign.privateKey),
  ),
  keyed("a key in the header: jwk", { jwk: jwkOf }),
  keyed("where a key is: jku", { jku: "http://127.0.0.1:1/keys" }),
  keyed("where a certificate is: x5u", { x5u: "http://127.0.0.1:1/cert.pem" }),
  keyed("a certificate in the header: x5c", {
    x5c: [foreign.publicKey.export({ type: "spki", format: "der" }).toString("base64")],
  }),
  keyed("a certificate's thumbprint: x5t", { x5t: "AAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
  made("a key in the header, and its name", "key_unknown", (issuer) =>
    token(
      { ...RS, kid: "attacker", jwk: { ...jwkOf, kid: "attacker" } },
      goodClaims(issuer),
      foreign.privateKey,
    ),
  ),
  kid("a path", "../../../../dev/null"),
  kid("an absolute path", "/etc/passwd"),
  kid("SQL", "x' UNION SELECT 'secret' --"),
  kid("a command", "rsa-1|/usr/bin/id"),
  kid("a URL", "http://127.0.0.1:1/keys"),
  kid("empty", ""),
  kid("with a line's end", "rsa-1\r\nx-evil: 1"),
  kid("with a NUL", "rsa-1\0"),
  kid("a member of every object", "__proto__"),
  kid("a method of every object", "constructor"),
  kid("much too long", "k".repeat(600), "malformed"),
  kid("a number", 1, "malformed"),
  kid("null", null, "malformed"),
  kid("a list", ["rsa-1"], "malformed"),
  kid("an object", { toString: "rsa-1" }, "malformed"),
  made("no kid where several keys fit", "signature", (issuer) =>
    token({ alg: "RS256" }, goodClaims(issuer), foreign.privateKey),
  ),
  made("a key of 1,024 bits, signed rightly", "key_unknown", (issuer) =>
    token({ alg: "RS256", kid: "small-1" }, goodClaims(issuer), small.privateKey),
  ),
  made("a key whose private half is published, signed rightly", "key_unknown", (issuer) =>
    token({ alg: "RS256", kid: "leaked-1" }, goodClaims(issuer), leaked.privateKey),
  ),
  made("a key for encryption, signed rightly", "key_unknown", (issuer) =>
    token({ alg: "RS256", kid: "enc-1" }, goodClaims(issuer), forEncryption.privateKey),
  ),
  // Signatures that are none.
  tampered("ES256 of zeros (psychic)", { alg: "ES256", kid: "ec-1" }, Buffer.alloc(64)),
  tampered("ES256 of ones", { alg: "ES256", kid: "ec-1" }, Buffer.alloc(64, 0xff)),
  tampered("ES256 of 63 bytes", { alg: "ES256", kid: "ec-1" }, Buffer.alloc(63, 1)),
  tampered("ES256 of 65 bytes", { alg: "ES256", kid: "ec-1" }, Buffer.alloc(65, 1)),
  tampered("ES512 of 64 bytes", { alg: "ES512", kid: "es512-1" }, Buffer.alloc(64, 1)),
  tampered("EdDSA of zeros", { alg: "EdDSA", kid: "ed-1" }, Buffer.alloc(64)),
  tampered("EdDSA of 63 bytes", { alg: "EdDSA", kid: "ed-1" }, Buffer.alloc(63)),
  tampered("RS256 of zeros", RS, Buffer.alloc(256)),
  made("ES256 in DER", "signature", (issuer) => {
    const signed = ours({ alg: "ES256", kid: "ec-1" }, issuer);
    const fixed = signature("ES256", ec.privateKey, signed);
    const int = (half: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), half]);
    const body = Buffer.concat([int(fixed.subarray(0, 32)), int(fixed.subarray(32))]);
    return `${signed}.${part(Buffer.concat([Buffer.from([0x30, body.length]), body]))}`;
  }),
  made("claims changed after signing", "signature", (issuer) => {
    const [head, , last] = good(issuer).split(".");
    return `${head}.${part(goodClaims(issuer, { sub: "root" }))}.${last}`;
  }),
  made("the header changed after signing", "signature", (issuer) => {
    const [, payload, last] = good(issuer).split(".");
    return `${part({ ...RS, x: 1 })}.${payload}.${last}`;
  }),
  // Times.
  of("expired", "expired", {}, { exp: NOW_S() - 60 }),
  of("expired long ago", "expired", {}, { exp: 1 }),
  of("exp 0", "expired", {}, { exp: 0 }),
  of("exp negative", "malformed", {}, { exp: -1 }),
  of("exp a text", "malformed", {}, { exp: String(NOW_S() + 600) }),
  of("exp left out", "malformed", {}, { exp: undefined }),
  of("exp null", "malformed", {}, { exp: null }),
  of("exp an object", "malformed", {}, { exp: { valueOf: 1 } }),
  of("exp after the year 9999", "malformed", {}, { exp: 999_999_999_999 }),
  of("exp of more than a double counts", "malformed", {}, { exp: 2 ** 60 }),
  made("exp 1e999", "malformed", (issuer) =>
    token(
      JSON.stringify(RS),
      JSON.stringify(goodClaims(issuer)).replace(/"exp":\d+/, '"exp":1e999'),
      rsa.privateKey,
    ),
  ),
  of("exp in ms", "malformed", {}, { exp: Date.now() + 600_000 }),
  of("nbf of the future", "not_yet", {}, { nbf: NOW_S() + 300 }),
  of("nbf a text", "malformed", {}, { nbf: "0" }),
  of("iat of the future", "not_yet", {}, { iat: NOW_S() + 300 }),
  of("iat negative", "malformed", {}, { iat: -5 }),
  // For whom, and of whom.
  of("another audience", "audience", {}, { aud: "other" }),
  of("no audience", "audience", {}, { aud: undefined }),
  of("an empty audience", "audience", {}, { aud: "" }),
  of("an empty list of audiences", "audience", {}, { aud: [] }),
  of("other audiences", "audience", {}, { aud: ["other", "shop2"] }),
  of("an audience in other case", "audience", {}, { aud: "SHOP" }),
  of("an audience that holds ours", "audience", {}, { aud: "shop other" }),
  of("an audience that is an object", "malformed", {}, { aud: { shop: true } }),
  of("a number among the audiences", "malformed", {}, { aud: ["shop", 1] }),
  of("client_id in place of an audience that there is", "audience", {}, { aud: "other", client_id: "shop" }),
  made("another issuer", "issuer", (issuer) =>
    token(RS, { ...goodClaims(issuer), iss: "http://evil.test" }, rsa.privateKey),
  ),
  made("our issuer with a slash", "issuer", (issuer) =>
    token(RS, { ...goodClaims(issuer), iss: `${issuer}/` }, rsa.privateKey),
  ),
  made("our issuer in capitals", "issuer", (issuer) =>
    token(RS, { ...goodClaims(issuer), iss: issuer.toUpperCase() }, rsa.privateKey),
  ),
  made("our issuer with a path", "issuer", (issuer) =>
    token(RS, { ...goodClaims(issuer), iss: `${issuer}/.well-known/..` }, rsa.privateKey),
  ),
  of("no issuer", "issuer", {}, { iss: undefined }),
  made("a list of issuers", "issuer", (issuer) =>
    token(RS, { ...goodClaims(issuer), iss: [issuer] }, rsa.privateKey),
  ),
  of("a subject that is a number", "malformed", {}, { sub: 7 }),
  // Of another kind.
  of("typ of a logout token", "type", { typ: "logout+jwt" }),
  of("typ of a DPoP proof", "type", { typ: "dpop+jwt" }),
  of("typ of a security event", "type", { typ: "application/secevent+jwt" }),
  of("typ that is no text", "malformed", { typ: 1 }),
  of("crit with what nobody understands", "malformed", { crit: ["exp2"], exp2: 1 }),
  of("crit that is empty", "malformed", { crit: [] }),
  of("b64: false", "malformed", { crit: ["b64"], b64: false }),
  of("b64: false that is not critical", "malformed", { b64: false }),
  of("enc in a signed token", "malformed", { enc: "A256GCM" }),
  made("a JWE", "malformed", () => `${part({ alg: "dir", enc: "A256GCM" })}..AAAA.AAAA.AAAA`),
  made("a JWS in JSON", "malformed", (issuer) => {
    const [head, payload, last] = good(issuer).split(".");
    return JSON.stringify({ protected: head, payload, signature: last });
  }),
  // JSON that can be read in two ways.
  made("alg twice in the header", "malformed", (issuer) =>
    token('{"alg":"none","alg":"RS256","kid":"rsa-1"}', goodClaims(issuer), rsa.privateKey),
  ),
  made("alg twice, once escaped", "malformed", (issuer) =>
    token('{"\\u0061lg":"none","alg":"RS256","kid":"rsa-1"}', goodClaims(issuer), rsa.privateKey),
  ),
  made("sub twice", "malformed", (issuer) =>
    token(RS, JSON.stringify(goodClaims(issuer)).replace("{", '{"sub":"root",'), rsa.privateKey),
  ),
  made("a member twice deep within", "malformed", (issuer) =>
    token(RS, JSON.stringify(goodClaims(issuer)).replace("{", '{"a":[{"b":1,"b":2}],'), rsa.privateKey),
  ),
  made("claims that are a list", "malformed", () => token(JSON.stringify(RS), "[]", rsa.privateKey)),
  made("claims that are null", "malformed", () => token(JSON.stringify(RS), "null", rsa.privateKey)),
  made("claims that are no JSON", "malformed", () => token(JSON.stringify(RS), "{", rsa.privateKey)),
  made(
    "claims that are no UTF-8",
    "malformed",
    () => `${part(RS)}.${part(Buffer.from([0x7b, 0xff, 0x7d]))}.AAAA`,
  ),
  made("claims behind a byte order mark", "malformed", (issuer) =>
    token(JSON.stringify(RS), `\ufeff${JSON.stringify(goodClaims(issuer))}`, rsa.privateKey),
  ),
  made("a header that is a text", "malformed", (issuer) =>
    token('"RS256"', goodClaims(issuer), rsa.privateKey),
  ),
  made("much deeper JSON than anybody writes", "malformed", () =>
    token(JSON.stringify(RS), `${"[".repeat(4000)}`, rsa.privateKey),
  ),
  // Letters that a decoder may let pass.
  made("padding", "malformed", (issuer) => `${good(issuer)}==`),
  made("padding within", "malformed", (issuer) => good(issuer).replace(".", "=.")),
  made("base64 in place of base64url", "malformed", (issuer) => {
    const [head, payload, last = ""] = good(issuer).split(".");
    return `${head}.${payload}.${last.slice(0, -2)}+/`;
  }),
  made("a signature's last letter with other spare bits", "malformed", (issuer) => {
    // 256 bytes leave four bits in the last letter, which are to be 0.
    const whole = good(issuer);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return whole.slice(0, -1) + letters[letters.indexOf(whole.at(-1) as string) + 1];
  }),
  made("a blank within", "malformed", (issuer) => good(issuer).replace(".", " .")),
  made("a tab within", "malformed", (issuer) => good(issuer).replace(".", "\t.")),
  made("another token behind a comma", "malformed", (issuer) => `${good(issuer)}, Bearer ${good(issuer)}`),
  made("Bearer twice", "malformed", (issuer) => `Bearer ${good(issuer)}`),
  made("in quotes", "malformed", (issuer) => `"${good(issuer)}"`),
  made("letters beyond ASCII", "malformed", (issuer) => good(issuer).replace(".", ".\u00e9")),
  made(
    "fullwidth letters, as bytes of UTF-8",
    "malformed",
    (issuer) => `${Buffer.from("\uff45\uff59\uff2a").toString("latin1")}${good(issuer).slice(3)}`,
  ),
  made("a dot too many at the end", "malformed", (issuer) => `${good(issuer)}.`),
  made("a dot too many at the beginning", "malformed", (issuer) => `.${good(issuer)}`),
  made("four parts", "malformed", (issuer) => `${good(issuer)}.AAAA`),
  made("two parts", "malformed", (issuer) => good(issuer).split(".").slice(0, 2).join(".")),
  raw("one part", "eyJhbGciOiJub25lIn0"),
  raw("dots alone", ".."),
  raw("many dots", ".".repeat(5000)),
  raw("a word", "null"),
  made("as percent-encoded", "malformed", (issuer) => good(issuer).replaceAll(".", "%2E")),
  made("larger than any token", "too_long", (issuer) =>
    token(RS, goodClaims(issuer, { pad: "x".repeat(13_000) }), rsa.privateKey),
  ),
  // How it is sent.
  { name: "no Authorization", verdict: "missing", send: () => [] },
  { name: "an empty Authorization", verdict: "missing", send: () => ["Authorization", ""] },
  { name: "Bearer alone", verdict: "missing", send: () => ["Authorization", "Bearer"] },
  { name: "Basic in place of Bearer", verdict: "missing", send: () => ["Authorization", "Basic YTpi"] },
  {
    name: "the token without its scheme",
    verdict: "missing",
    send: (issuer) => ["Authorization", good(issuer)],
  },
  {
    name: "the scheme run into the token",
    verdict: "missing",
    send: (issuer) => ["Authorization", `Bearer${good(issuer)}`],
  },
  {
    name: "a tab behind the scheme",
    verdict: "missing",
    send: (issuer) => ["Authorization", `Bearer\t${good(issuer)}`],
  },
  {
    name: "another scheme with a good token",
    verdict: "missing",
    send: (issuer) => ["Authorization", `DPoP ${good(issuer)}`],
  },
  {
    name: "two Authorization fields, the good one first",
    verdict: "several",
    send: (issuer) => [...bearer(good(issuer)), ...bearer("x.y.z")],
  },
  {
    name: "two Authorization fields, the good one last",
    verdict: "several",
    send: (issuer) => [...bearer("x.y.z"), ...bearer(good(issuer))],
  },
  {
    name: "the same Authorization twice",
    verdict: "several",
    send: (issuer) => [...bearer(good(issuer)), ...bearer(good(issuer))],
  },
  {
    name: "a good token and Basic beside it",
    verdict: "several",
    send: (issuer) => [...bearer(good(issuer)), "Authorization", "Basic YTpi"],
  },
  {
    name: "in Proxy-Authorization",
    verdict: "missing",
    send: (issuer) => ["Proxy-Authorization", `Bearer ${good(issuer)}`],
  },
  {
    name: "in X-Authorization",
    verdict: "missing",
    send: (issuer) => ["X-Authorization", `Bearer ${good(issuer)}`],
  },
  {
    name: "in a cookie that nobody named",
    verdict: "missing",
    send: (issuer) => ["Cookie", `access_token=${good(issuer)}`],
  },
  {
    name: "in a field that Connection takes away",
    verdict: "missing",
    send: (issuer) => ["Connection", "authorization", ...bearer(good(issuer))],
  },
  {
    name: "the front door's own fields in place of a token",
    verdict: "missing",
    send: () => ["X-Fig-Subject", "root", "X-Fig-Claim-Team", "admins"],
  },
  // Right, and not enough.
  of("none of the scopes", "scope", {}, { scope: "orders.write" }, 403),
  of("no scope at all", "scope", {}, { scope: undefined }, 403),
  of("a scope that begins like ours", "scope", {}, { scope: "orders.reader" }, 403),
  of("a scope in other case", "scope", {}, { scope: "Orders.Read" }, 403),
  of("scopes as an object", "scope", {}, { scope: { "orders.read": true } }, 403),
  of("another team", "claim", {}, { scope: "orders.read", team: "c" }, 403),
  of("no team", "claim", {}, { scope: "orders.read" }, 403),
  of("a team that is a number", "claim", {}, { scope: "orders.read", team: 1 }, 403),
  of("a team within an object", "claim", {}, { scope: "orders.read", team: { a: true } }, 403),
];

const pass = { scope: "x orders.read", team: "a" };
const passes = (name: string, make: (issuer: string) => string, scheme = "Bearer ") => ({
  name,
  send: (issuer: string) => ["Authorization", `${scheme}${make(issuer)}`],
});

/** Requests that do come through: a door that is shut for all is no better. */
export const HONEST: readonly Pick<HostileCase, "name" | "send">[] = [
  passes("RS256", (issuer) => token(RS, goodClaims(issuer, pass), rsa.privateKey)),
  ...(["RS384", "RS512", "PS256", "PS384", "PS512"] as const).map((alg) =>
    passes(alg, (issuer) => token({ alg, kid: "rsa-any" }, goodClaims(issuer, pass), plain.privateKey)),
  ),
  passes("ES256", (issuer) => token({ alg: "ES256", kid: "ec-1" }, goodClaims(issuer, pass), ec.privateKey)),
  passes("ES384", (issuer) =>
    token({ alg: "ES384", kid: "es384-1" }, goodClaims(issuer, pass), es384.privateKey),
  ),
  passes("ES512", (issuer) =>
    token({ alg: "ES512", kid: "es512-1" }, goodClaims(issuer, pass), es512.privateKey),
  ),
  passes("EdDSA", (issuer) => token({ alg: "EdDSA", kid: "ed-1" }, goodClaims(issuer, pass), ed.privateKey)),
  passes("Ed25519", (issuer) =>
    token({ alg: "Ed25519", kid: "ed-1" }, goodClaims(issuer, pass), ed.privateKey),
  ),
  passes("ES256 without a kid, where one key fits", (issuer) =>
    token({ alg: "ES256" }, goodClaims(issuer, pass), ec.privateKey),
  ),
  passes("typ at+jwt", (issuer) =>
    token({ ...RS, typ: "application/at+JWT" }, goodClaims(issuer, pass), rsa.privateKey),
  ),
  passes("our audience among others", (issuer) =>
    token(RS, goodClaims(issuer, { ...pass, aud: ["other", "shop"] }), rsa.privateKey),
  ),
  passes("client_id where there is no audience", (issuer) =>
    token(RS, goodClaims(issuer, { ...pass, aud: undefined, client_id: "shop" }), rsa.privateKey),
  ),
  passes("scp as a list", (issuer) =>
    token(RS, goodClaims(issuer, { team: ["c", "b"], scp: ["orders.read"] }), rsa.privateKey),
  ),
  passes("expired within the skew", (issuer) =>
    token(RS, goodClaims(issuer, { ...pass, exp: NOW_S() - 1 }), rsa.privateKey),
  ),
  passes("a little of the future", (issuer) =>
    token(RS, goodClaims(issuer, { ...pass, iat: NOW_S() + 2, nbf: NOW_S() + 2 }), rsa.privateKey),
  ),
  passes("a fraction of a second", (issuer) =>
    token(RS, goodClaims(issuer, { ...pass, exp: NOW_S() + 60.5 }), rsa.privateKey),
  ),
  passes("a jku that nobody follows", (issuer) =>
    token({ ...RS, jku: "http://127.0.0.1:1/" }, goodClaims(issuer, pass), rsa.privateKey),
  ),
  passes(
    "a scheme in lower case",
    (issuer) => token(RS, goodClaims(issuer, pass), rsa.privateKey),
    "bearer ",
  ),
  passes(
    "a scheme in capitals and two blanks",
    (issuer) => token(RS, goodClaims(issuer, pass), rsa.privateKey),
    "BEARER  ",
  ),
];

/** For the oracle: with whose key a token of a case would verify. */
export const KEYS = Object.fromEntries(
  [rsa, ec, ed, es384, es512, plain].map(({ kid: name, jwk }) => [
    name,
    createPublicKey({ key: jwk, format: "jwk" }),
  ]),
);
