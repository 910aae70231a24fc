import type { Reply } from "../../asking/contract.ts";
import {
  type CredentialSource,
  jsonObject,
  MAX_CREDENTIAL_BYTES,
  noCredentials,
  type Surroundings,
  secretText,
  sentCredentials,
} from "./source.ts";

const ENDPOINT = "http://169.254.169.254";
/** Where AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE says IPv6. */
const ENDPOINT_6 = "http://[fd00:ec2::254]";
const ROLES = "/latest/meta-data/iam/security-credentials/";
/** A token's life: as long as there is one. Each look takes a fresh one. */
const TOKEN_SECONDS = 300;
/** Where there is no such service, nothing says so. */
const ANSWER_MS = 2_000;
const WHERE = "The instance's metadata service";

async function asked(
  { ask }: Surroundings,
  method: string,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Extract<Reply, { kind: "answered" }>> {
  const reply = await ask({
    ...{ method, url, headers, maxBytes: MAX_CREDENTIAL_BYTES },
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  });
  if (reply.kind === "failed")
    throw noCredentials(
      `${WHERE} did not answer (${reply.detail}).`,
      "Name another source, or look at the hop limit.",
    );
  if (reply.status === 404)
    throw noCredentials(`${WHERE} knows no role of this instance.`, "Give the instance a role.");
  if (reply.status !== 200)
    throw noCredentials(`${WHERE} answered with status ${reply.status}.`, "Try again.");
  return reply;
}

/** The role of an EC2 instance, by IMDSv2 alone: version 1 answers whoever can make a server fetch a URL. */
export const fromInstance: CredentialSource = async (around, _profile, signal) => {
  const { environment } = around;
  if (environment.AWS_EC2_METADATA_DISABLED?.toLowerCase() === "true") return undefined;
  const by6 = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?.toLowerCase() === "ipv6";
  const base = URL.parse(environment.AWS_EC2_METADATA_SERVICE_ENDPOINT || (by6 ? ENDPOINT_6 : ENDPOINT));
  if (base === null)
    throw noCredentials("AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL.", "Set it anew, or unset it.");
  const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": String(TOKEN_SECONDS) };
  const granted = await asked(around, "PUT", new URL("/latest/api/token", base), ttl, signal);
  const token = secretText(Buffer.from(granted.body).toString("latin1"));
  if (token === undefined) throw noCredentials(`${WHERE} gave no token.`, "Try again.");
  const headers = { "x-aws-ec2-metadata-token": token };
  const roles = await asked(around, "GET", new URL(ROLES, base), headers, signal);
  const role = Buffer.from(roles.body).toString("latin1").split("\n")[0]?.trim() ?? "";
  if (!/^[\w+=,.@-]{1,128}$/.test(role))
    throw noCredentials(`${WHERE} knows no role of this instance.`, "Give the instance a role.");
  const { body } = await asked(around, "GET", new URL(ROLES + role, base), headers, signal);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = jsonObject(body) ?? {};
  return sentCredentials(
    { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, token: Token, expiration: Expiration },
    WHERE,
  );
};
