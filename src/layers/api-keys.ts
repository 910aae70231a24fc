import { hash } from "node:crypto";
import type { Digests, RawHeaders } from "../domain/message.ts";
import type { ApiKeysPolicy } from "../domain/policies/api-keys.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { targetOf } from "../routing/decide.ts";
import { refuse } from "./answer.ts";
import { parameterOf, withoutParameter } from "./api-key-query.ts";
import type { KnownApiKey, ServedRequest } from "./contract.ts";
import { doorPolicy } from "./policy.ts";

/** What has more characters is no key, and is not hashed. */
const MAX_KEY_CHARS = 256;
/** The state store has said for so long nothing: whether an unknown key is a new one cannot be told. */
const SILENT_MS = 3000;
const RETRY_AFTER = ["retry-after", "5"];

/** One word a verdict: `fig_policy_verdicts_total` has it. */
interface Judgement {
  readonly verdict:
    | "passed"
    | "passed_stale"
    | "missing"
    | "repeated"
    | "unknown"
    | "revoked"
    | "expired"
    | "disabled"
    | "plan"
    | "unavailable";
  /** The refusal; undefined: the request goes on. */
  readonly code?: RefusalCode;
  readonly key?: KnownApiKey | undefined;
}

const MISSING: Judgement = { verdict: "missing", code: "api_key_missing" };
const REPEATED: Judgement = { verdict: "repeated", code: "api_key_repeated" };
const UNKNOWN: Judgement = { verdict: "unknown", code: "api_key_unknown" };
const UNAVAILABLE: Judgement = { verdict: "unavailable", code: "api_keys_unavailable" };

/**
 * Lets clients with a key pass. A key is found by its hash, so that the time it takes says nothing of a key that there is. Fails closed: while
 * the store does not answer, keys that are known pass for `staleFor`, and whether others are keys cannot be told.
 */
export const apiKeys = doorPolicy("apiKeys", (policy, _route, { apiKeys: known, clock }) => {
  const { headers, query, plans, staleForMs } = policy;
  const names = new FieldNames(headers);
  const onPlan = plans === undefined ? undefined : new Set<string | null>(plans);
  const asked = challenges(policy);
  const read = (list: RawHeaders, target: string) => sentKey(names, query, list, target);

  function judge(sent: readonly string[], digests?: Digests): Judgement {
    const [text] = sent;
    if (text === undefined) return MISSING;
    if (sent.length > 1) return REPEATED;
    const age = known.ageMs();
    const found = () => known.find(digests?.of(text) ?? hash("sha256", text, "hex"));
    const key = text.length > MAX_KEY_CHARS ? undefined : found();
    if (key === undefined) return age > SILENT_MS ? UNAVAILABLE : UNKNOWN;
    const { state, expiresAt, plan } = key;
    if (state === "revoked") return { verdict: "revoked", code: "api_key_revoked", key };
    if (expiresAt !== null && expiresAt <= clock.now())
      return { verdict: "expired", code: "api_key_expired", key };
    if (state !== "active") return { verdict: "disabled", code: "api_key_disabled", key };
    if (onPlan !== undefined && !onPlan.has(plan)) return { verdict: "plan", code: "api_key_plan", key };
    if (age <= SILENT_MS) return { verdict: "passed", key };
    return age <= staleForMs ? { verdict: "passed_stale", key } : { ...UNAVAILABLE, key };
  }

  return {
    wrap: (open) => (request, listener) => {
      const { served } = request;
      const { verdict, code, key } = judge(
        read(request.headers, request.decision.path),
        request.decision.head.digests,
      );
      served.verdict("apiKeys", verdict);
      if (key !== undefined) {
        known.used(key, code === undefined);
        served.identity = { ...served.identity, apiKey: { id: key.id, plan: key.plan ?? undefined } };
      }
      if (code === undefined) return open(passedOn(request, policy, names, key as KnownApiKey), listener);
      const { status } = REFUSALS[code];
      return refuse(
        request,
        listener,
        code,
        status === 401 ? asked(code) : status === 503 ? RETRY_AFTER : [],
      );
    },
    explain: (request): PolicyVerdict => {
      const { scanned, path } = request.decision;
      const { verdict, code, key } = judge(read(scanned.forward, path));
      if (key !== undefined)
        request.identity = { ...request.identity, apiKey: { id: key.id, plan: key.plan ?? undefined } };
      const about = key === undefined ? undefined : `key ${key.id}, ${planText(key.plan)}`;
      const why = code === undefined ? undefined : REFUSALS[code].message;
      const stale = verdict === "passed_stale" ? "by memory: the state store does not answer" : undefined;
      const detail = [about, stale, why].filter((part) => part !== undefined).join("; ");
      return {
        ...{ policy: "apiKeys", verdict, detail },
        ...(code === undefined ? {} : { status: REFUSALS[code].status }),
      };
    },
  };
});

function planText(plan: string | null): string {
  return plan === null ? "on no plan" : `plan ${plan}`;
}

/** Some fields' names: most others cost one comparison. */
class FieldNames {
  private readonly names: ReadonlySet<string>;
  private readonly lengths = new Uint8Array(256);

  constructor(names: readonly string[]) {
    this.names = new Set(names);
    for (const { length } of names) this.lengths[length & 255] = 1;
  }

  /** Any case. */
  has(name: string): boolean {
    return this.lengths[name.length & 255] === 1 && this.names.has(name.toLowerCase());
  }
}

/** Every key that was sent, in the fields and the parameter where one may be; empty ones are none. */
function sentKey(
  names: FieldNames,
  query: string | undefined,
  headers: RawHeaders,
  target: string,
): readonly string[] {
  const sent: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!names.has(name)) continue;
    const value = headers[i + 1] as string;
    const text = name.toLowerCase() === "authorization" ? credentialsOf(value) : value.trim();
    if (text !== "") sent.push(text);
  }
  if (query !== undefined) sent.push(...parameterOf(target, query));
  return sent;
}

/** Authorization says by its scheme whether what follows may be a key. */
function credentialsOf(value: string): string {
  return /^(?:bearer|apikey) +(\S+) *$/i.exec(value)?.[1] ?? "";
}

/** WWW-Authenticate (RFC 9110 §11.6.1): no scheme is registered for keys in fields of their own. */
function challenges({ headers, query }: ApiKeysPolicy): (code: RefusalCode) => RawHeaders {
  const own = headers.filter((name) => name !== "authorization");
  const parts = [
    ...own.map((name) => `ApiKey realm="api", header="${name}"`),
    ...(query === undefined ? [] : [`ApiKey realm="api", query="${query}"`]),
  ];
  const bearer = headers.includes("authorization");
  const list = (invalid: boolean) =>
    // RFC 6750 §3.1: a request without a token is told no error.
    [...parts, ...(bearer ? [`Bearer realm="api"${invalid ? ', error="invalid_token"' : ""}`] : [])].flatMap(
      (challenge) => ["www-authenticate", challenge],
    );
  const [missing, invalid] = [list(false), list(true)];
  return (code) => (code === "api_key_missing" ? missing : invalid);
}

/** The request as those below see it: without the key, and with who sent it. */
function passedOn(
  request: ServedRequest,
  { remove, identity, query }: ApiKeysPolicy,
  names: FieldNames,
  { id, plan }: KnownApiKey,
): ServedRequest {
  if (!remove && !identity) return request;
  let { headers, target, decision } = request;
  if (remove) {
    const kept: string[] = [];
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      if (!names.has(name)) kept.push(name, headers[i + 1] as string);
    }
    if (identity) tell(kept, id, plan);
    headers = kept;
    const path = query === undefined ? decision.path : withoutParameter(decision.path, query);
    if (path !== decision.path) {
      // The other side's target, too, is made from it.
      decision = { ...decision, path };
      target = targetOf(decision, decision.side);
    }
  }
  if (identity && !remove) {
    const told = [...headers];
    tell(told, id, plan);
    headers = told;
  }
  return { ...request, headers, target, decision };
}

function tell(headers: string[], id: string, plan: string | null): void {
  headers.push("x-fig-api-key-id", id);
  if (plan !== null) headers.push("x-fig-api-key-plan", plan);
}
