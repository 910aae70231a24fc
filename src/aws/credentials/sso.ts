import { createHash } from "node:crypto";
import { join } from "node:path";
import { awsDomain } from "../../domain/aws.ts";
import type { AwsCredentials } from "../contract.ts";
import {
  jsonObject,
  MAX_CREDENTIAL_BYTES,
  noCredentials,
  type Surroundings,
  secretText,
  sentCredentials,
} from "./source.ts";

/** Of a profile and its `sso-session`. */
interface SsoSettings {
  /** The session's name; undefined: the profile names the portal itself, as AWS's tools did at first. */
  readonly session: string | undefined;
  readonly startUrl: string | undefined;
  readonly region: string | undefined;
  readonly account: string | undefined;
  readonly role: string | undefined;
}

const WHERE = "IAM Identity Center";
const LOG_IN = "Run aws sso login as the front door's user.";

/**
 * A role's credentials for the token that `aws sso login` keeps in ~/.aws/sso/cache, named by a hash. The token is read each time and never
 * renewed here: that would be a login of AWS's tools written by somebody else.
 */
export async function fromSso(
  around: Surroundings,
  { session, startUrl, region, account, role }: SsoSettings,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const { environment, homeFolder, readFile, ask, now } = around;
  if (startUrl === undefined || region === undefined || account === undefined || role === undefined)
    throw noCredentials(
      "A profile for IAM Identity Center lacks its start URL, Region, account or role.",
      "Run aws configure sso.",
    );
  const name = createHash("sha1")
    .update(session ?? startUrl)
    .digest("hex");
  const text = await readFile(join(homeFolder, ".aws/sso/cache", `${name}.json`)).catch(() => "");
  const { accessToken, expiresAt } = jsonObject(Buffer.from(text)) ?? {};
  const token = typeof accessToken === "string" ? secretText(accessToken) : undefined;
  // AWS's tools wrote `2020-06-17T10:02:08UTC` until they wrote a Z.
  const endsMs = typeof expiresAt === "string" ? Date.parse(expiresAt.replace(/UTC$/, "Z")) : Number.NaN;
  if (token === undefined || !(endsMs > now()))
    throw noCredentials(
      token === undefined
        ? "There is no login at IAM Identity Center."
        : "The login at IAM Identity Center has ended.",
      LOG_IN,
    );
  const own = environment.AWS_ENDPOINT_URL_SSO || environment.AWS_ENDPOINT_URL;
  const base = URL.parse(own || `https://portal.sso.${region}.${awsDomain(region)}`);
  if (base === null) throw noCredentials("AWS_ENDPOINT_URL_SSO is not a URL.", "Set it anew, or unset it.");
  const url = new URL("/federation/credentials", base);
  url.search = new URLSearchParams({ role_name: role, account_id: account }).toString();
  const reply = await ask({
    ...{ url, method: "GET", signal, maxBytes: MAX_CREDENTIAL_BYTES },
    headers: { accept: "application/json", "x-amz-sso_bearer_token": token },
  });
  if (reply.kind === "failed")
    throw noCredentials(
      `${WHERE} did not answer (${reply.detail}).`,
      "Look at the network, and at the Region.",
    );
  if (reply.status !== 200)
    throw noCredentials(
      `${WHERE} did not give the role's credentials (status ${reply.status}).`,
      reply.status === 401 ? LOG_IN : "Look at the profile's account and role.",
    );
  const { roleCredentials } = jsonObject(reply.body) ?? {};
  const sent = (typeof roleCredentials === "object" ? roleCredentials : undefined) as
    | Readonly<Record<string, unknown>>
    | null
    | undefined;
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = sent ?? {};
  // ms since the epoch; a role's credentials always end.
  const ends =
    typeof expiration === "number" && Math.abs(expiration) <= 8.64e15 ? new Date(expiration) : undefined;
  return sentCredentials(
    { accessKeyId, secretAccessKey, token: sessionToken, expiration: ends?.toISOString() ?? "" },
    WHERE,
  );
}
