import { timingSafeEqual } from "node:crypto";
import type { AwsCredentials } from "./contract.ts";
import { canonicalPath, canonicalValue, queryOf, sha256, signatureOf, signingOf } from "./sigv4.ts";

/** A request as it came. Header values are latin1 strings; names lower-case. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly header: (name: string) => readonly string[];
  readonly body: Uint8Array;
}

/** Who signed; or why that cannot be believed, by the error that AWS gives. */
type SignatureVerdict =
  | { readonly kind: "signed"; readonly accessKeyId: string }
  | {
      readonly kind: "refused";
      readonly error:
        | "MissingAuthenticationTokenException"
        | "IncompleteSignatureException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException";
      readonly message: string;
    };

/** AWS takes what was signed so long ago, or will be. */
const SKEW_MS = 5 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([\w.-]{1,128})\/(\d{8})\/([a-z0-9-]{1,32})\/([a-z0-9-]{1,32})\/aws4_request *, *SignedHeaders=([a-z0-9;!#$%&'*+.^_`|~-]{1,2048}) *, *Signature=([0-9a-f]{64})$/;
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** Whom an unknown key is held against, so that it costs what a known one does. */
const NOBODY: AwsCredentials = {
  ...{ accessKeyId: "", secretAccessKey: "nobody", sessionToken: undefined, expiresMs: undefined },
};

const refused = (
  error: Extract<SignatureVerdict, { kind: "refused" }>["error"],
  message: string,
): SignatureVerdict => ({ kind: "refused", error, message });

/** Holds a request's Signature Version 4 in its Authorization against keys of ours. */
export function checkSignature(
  request: SignedRequest,
  service: string,
  keys: ReadonlyMap<string, AwsCredentials>,
  nowMs: number,
): SignatureVerdict {
  const { method, target, header, body } = request;
  const [authorization, ...more] = header("authorization");
  if (authorization === undefined)
    return refused("MissingAuthenticationTokenException", "Missing Authentication Token");
  const found = more.length > 0 ? null : AUTHORIZATION.exec(authorization);
  if (found === null)
    return refused("IncompleteSignatureException", "Authorization is not a signature of version 4.");
  const [accessKeyId, day, region, asked, names, sent] = found.slice(1) as [
    ...[string, string, string, string, string, string],
  ];
  const stamp = header("x-amz-date")[0] ?? "";
  const signedAt = timeOf(stamp);
  if (asked !== service || signedAt === undefined || !stamp.startsWith(day))
    return refused("IncompleteSignatureException", "The credential's scope is not of this service and day.");
  const signedNames = names.split(";");
  if (!signedNames.includes("host") || !signedNames.includes("x-amz-date"))
    return refused("IncompleteSignatureException", "Host and X-Amz-Date have to be signed.");
  if (Math.abs(nowMs - signedAt) > SKEW_MS)
    return refused("InvalidSignatureException", "Signature expired, or not yet valid.");
  const bodyHash = sha256(body);
  const claimed = header("x-amz-content-sha256")[0];
  const [path = "", search = ""] = splitOnce(target, "?");
  const canonical = [
    method,
    canonicalPath(path),
    queryOf(queryPairs(search)),
    ...signedNames.map((name) => `${name}:${header(name).map(canonicalValue).join(",")}`),
    "",
    names,
    bodyHash,
  ].join("\n");
  const known = keys.get(accessKeyId);
  const scope = { credentials: known ?? NOBODY, region, service, nowMs: signedAt };
  const right = signatureOf(canonical, signingOf(scope, stamp));
  const equal = timingSafeEqual(Buffer.from(right, "hex"), Buffer.from(sent, "hex"));
  if (known === undefined)
    return refused("UnrecognizedClientException", "The security token included in the request is invalid.");
  if (!equal || (claimed !== undefined && claimed !== bodyHash))
    return refused(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided.",
    );
  return { kind: "signed", accessKeyId };
}

function timeOf(stamp: string): number | undefined {
  const found = DATE.exec(stamp);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as [
    ...[number, number, number, number, number, number],
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** As they were before they were encoded. What does not decode stays, and is signed by nobody. */
function queryPairs(search: string): readonly (readonly [string, string])[] {
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return search
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", value = ""] = splitOnce(part, "=");
      return [decoded(name), decoded(value)] as const;
    });
}
