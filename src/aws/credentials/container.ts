import { isIP } from "node:net";
import {
  type CredentialSource,
  jsonObject,
  MAX_CREDENTIAL_BYTES,
  noCredentials,
  type Surroundings,
  sentCredentials,
} from "./source.ts";

const HOST = "http://169.254.170.2";
/** Where plain HTTP may go with the container's token: ECS, EKS, and this machine. */
const PLAIN_HOSTS: ReadonlySet<string> = new Set(["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]);
const WHERE = "The container's service of credentials";

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIP(host) === 4 && host.startsWith("127."));
}

function addressOf({ environment }: Surroundings): URL | undefined {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } =
    environment;
  const text = relative ? HOST + relative : full;
  if (!text) return undefined;
  const url = URL.parse(text);
  const safe =
    url?.protocol === "https:" ||
    (url?.protocol === "http:" && (PLAIN_HOSTS.has(url.hostname) || isLoopback(url.hostname)));
  if (url === null || !safe)
    throw noCredentials(
      "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this container's own address.",
      "Set it to what the platform gives.",
    );
  return url;
}

async function authorization({ environment, readFile }: Surroundings): Promise<Record<string, string>> {
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: plain } =
    environment;
  if (!file && !plain) return {};
  // Read each time: EKS puts another one there.
  const text = file ? await readFile(file).catch(() => "") : (plain as string);
  const trimmed = text.trim();
  if (!/^[\x20-\x7e]+$/.test(trimmed))
    throw noCredentials(
      "The container's token cannot be read, or has characters that no field can carry.",
      "Look at AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
    );
  return { authorization: trimmed };
}

/** What ECS and EKS give a container (AWS_CONTAINER_CREDENTIALS_*). */
export const fromContainer: CredentialSource = async (around, _profile, signal) => {
  const url = addressOf(around);
  if (url === undefined) return undefined;
  const reply = await around.ask({
    url,
    method: "GET",
    headers: { accept: "application/json", ...(await authorization(around)) },
    signal,
    maxBytes: MAX_CREDENTIAL_BYTES,
  });
  if (reply.kind === "failed")
    throw noCredentials(`${WHERE} did not answer (${reply.detail}).`, "Look at the container's role.");
  const sent = reply.status === 200 ? jsonObject(reply.body) : undefined;
  if (sent === undefined)
    throw noCredentials(
      `${WHERE} answered with status ${reply.status} and no credentials.`,
      "Look at the container's role.",
    );
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = sent;
  return sentCredentials(
    { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, token: Token, expiration: Expiration },
    WHERE,
  );
};
