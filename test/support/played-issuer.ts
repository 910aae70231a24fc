import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Ask, Question } from "../../src/asking/contract.ts";
import { loginSchema } from "../../src/config/policies/login.ts";
import type { Login, LoginOutcome, Visit } from "../../src/logins/contract.ts";
import { ProcessLogins } from "../../src/logins/process-logins.ts";

const ISSUER = "https://id.test";
const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

export function signedToken(
  claims: object,
  key: KeyObject = pair.privateKey,
  head: object = { alg: "RS256", kid: "1" },
) {
  const text = `${part(head)}.${part(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

/** Signed with the public key as if it were a secret. */
export function confusedToken(claims: object): string {
  const text = `${part({ alg: "HS256", kid: "1" })}.${part(claims)}`;
  const secret = pair.publicKey.export({ type: "spki", format: "pem" });
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** A provider in memory, and the logins of a process that asks it. The clock can be moved on. */
export class PlayedIssuer {
  readonly asked: string[] = [];
  readonly warned: string[] = [];
  readonly logins: ProcessLogins;
  /** Whether a state keeps what it ends. */
  keeps: "yes" | "no" | "never" = "yes";
  offsetMs = 0;
  /** More of the person. */
  claims: Record<string, unknown> = {};
  /** What the token endpoint says in the end. */
  answers: (body: Record<string, unknown>, form: URLSearchParams) => object | "away" = (body) => body;
  token: (claims: Record<string, unknown>) => string | undefined = (claims) => signedToken(claims);
  private nonce = "";
  private challenge = "";
  private words = 0;

  constructor() {
    this.logins = new ProcessLogins({
      clock: {
        now: this.now,
        micros: () => this.now() * 1000,
        hex: (bytes) =>
          createHash("sha512")
            .update(String(++this.words))
            .digest("hex")
            .slice(0, bytes * 2),
      },
      ask: this.ask,
      readSecret: (path) => {
        throw new Error(`${path} cannot be read`);
      },
      ended: (ended) => {
        const { endedElsewhere } = this.logins;
        if (this.keeps === "never") return;
        queueMicrotask(() =>
          this.keeps === "yes" ? endedElsewhere.take([ended], []) : endedElsewhere.take([], [ended.token]),
        );
      },
      warn: ({ detail }) => this.warned.push(detail),
    });
  }

  readonly now = () => Date.now() + this.offsetMs;

  login(more: object = {}): Login {
    const policy = loginSchema.parse({
      ...{ issuer: ISSUER, clientId: "shop", clientSecret: "s", session: { secrets: ["x".repeat(32)] } },
      ...more,
    });
    const login = this.logins.of(policy);
    if (login === undefined) throw new Error("no login");
    return login;
  }

  /** From the first request to the provider's answer. */
  async through(login: Login, cookies: readonly string[] = []): Promise<LoginOutcome> {
    const begun = await login.begin(visit(cookies), "/orders");
    if (begun.kind !== "go") return begun;
    const { searchParams } = new URL(begun.location);
    this.nonce = searchParams.get("nonce") ?? "";
    this.challenge = searchParams.get("code_challenge") ?? "";
    return login.finish(visit([...cookies, ...begun.cookies]), `code=c&state=${searchParams.get("state")}`);
  }

  private readonly ask: Ask = async ({ url, body }: Question) => {
    this.asked.push(url.pathname);
    const form = new URLSearchParams(String(body ?? ""));
    const said = this.says(url.pathname, form);
    if (said === "away") return { kind: "failed", why: "unreachable", detail: "ECONNREFUSED" };
    const status = "error" in said ? 400 : 200;
    return {
      ...{ kind: "answered" as const, status, headers: ["content-type", "application/json"] },
      body: Buffer.from(JSON.stringify(said)),
    };
  };

  private says(path: string, form: URLSearchParams): object | "away" {
    if (path === "/.well-known/openid-configuration")
      return {
        ...{
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/authorize`,
          token_endpoint: `${ISSUER}/token`,
        },
        ...{ jwks_uri: `${ISSUER}/keys`, id_token_signing_alg_values_supported: ["RS256"] },
      };
    if (path === "/keys")
      return { keys: [{ ...pair.publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256" }] };
    const verified = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isCode = form.get("grant_type") === "authorization_code";
    if (isCode && verified !== this.challenge) return { error: "invalid_grant" };
    const seconds = Math.floor(Date.now() / 1000);
    const nonce = isCode ? { nonce: this.nonce } : {};
    const claims = {
      iss: ISSUER,
      aud: "shop",
      sub: "ada",
      iat: seconds,
      exp: seconds + 300,
      ...nonce,
      ...this.claims,
    };
    const tokens = {
      access_token: "a",
      token_type: "bearer",
      expires_in: 60,
      refresh_token: "r1",
      id_token: this.token(claims),
    };
    return this.answers(tokens, form);
  }
}

/** A browser's request that has these cookies; those that are cleared are not sent. */
export function visit(set: readonly string[], host = "shop.test"): Visit {
  const kept = new Map<string, string>();
  for (const line of set) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/Max-Age=0/.test(line)) kept.delete(name);
    else kept.set(name, value);
  }
  const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join("; ");
  return { host, secure: true, headers: cookie === "" ? [] : ["cookie", cookie] };
}
