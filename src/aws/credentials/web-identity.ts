import type { AwsCredentials } from "../contract.ts";
import { awsDomain, regionOf } from "../regions.ts";
import { queryOf } from "../sigv4.ts";
import {
  type CredentialSource,
  MAX_CREDENTIAL_BYTES,
  noCredentials,
  type Surroundings,
  secretText,
  sentCredentials,
} from "./source.ts";

interface WebIdentity {
  readonly roleArn: string;
  readonly tokenFile: string;
  readonly sessionName: string | undefined;
  readonly region: string | undefined;
}

const WHERE = "STS";

/** The text between an element's tags; its answers are flat, and their values need no unescaping. */
function element(xml: string, name: string): string | undefined {
  const from = xml.indexOf(`<${name}>`);
  const to = from < 0 ? -1 : xml.indexOf(`</${name}>`, from);
  return to < 0 ? undefined : xml.slice(from + name.length + 2, to).trim();
}

/** A role's credentials for a token that the platform wrote to a file (STS AssumeRoleWithWebIdentity, which is not signed). */
export async function assumeByWebIdentity(
  around: Surroundings,
  { roleArn, tokenFile, sessionName, region }: WebIdentity,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const { environment, readFile, ask, now } = around;
  // Read each time: Kubernetes puts another one there.
  const token = secretText(await readFile(tokenFile).catch(() => ""));
  if (token === undefined)
    throw noCredentials(`There is no token in ${tokenFile}.`, "Look at AWS_WEB_IDENTITY_TOKEN_FILE.");
  const where = region ?? regionOf(environment);
  const own = environment.AWS_ENDPOINT_URL_STS || environment.AWS_ENDPOINT_URL;
  const host = where === undefined ? "sts.amazonaws.com" : `sts.${where}.${awsDomain(where)}`;
  const url = URL.parse(own || `https://${host}`);
  if (url === null) throw noCredentials("AWS_ENDPOINT_URL_STS is not a URL.", "Set it anew, or unset it.");
  const reply = await ask({
    url: new URL("/", url),
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "text/xml" },
    body: queryOf([
      ["Action", "AssumeRoleWithWebIdentity"],
      ["Version", "2011-06-15"],
      ["RoleArn", roleArn],
      ["RoleSessionName", sessionName || `fig-${now()}`],
      ["WebIdentityToken", token],
    ]),
    signal,
    maxBytes: MAX_CREDENTIAL_BYTES,
  });
  if (reply.kind === "failed")
    throw noCredentials(
      `${WHERE} did not answer (${reply.detail}).`,
      "Look at the network, and at the Region.",
    );
  const xml = Buffer.from(reply.body).toString("utf8");
  if (reply.status !== 200) {
    const code = element(xml, "Code");
    const said = code !== undefined && /^\w{1,64}$/.test(code) ? code : `status ${reply.status}`;
    throw noCredentials(
      `${WHERE} did not give the role's credentials (${said}).`,
      "Look at the role's trust policy.",
    );
  }
  return sentCredentials(
    {
      accessKeyId: element(xml, "AccessKeyId"),
      secretAccessKey: element(xml, "SecretAccessKey"),
      token: element(xml, "SessionToken"),
      expiration: element(xml, "Expiration"),
    },
    WHERE,
  );
}

/** AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, as EKS sets them for a service account. */
export const fromWebIdentity: CredentialSource = async (around, _profile, signal) => {
  const {
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_ROLE_ARN: roleArn,
    AWS_ROLE_SESSION_NAME: sessionName,
  } = around.environment;
  if (!tokenFile || !roleArn) return undefined;
  return assumeByWebIdentity(around, { roleArn, tokenFile, sessionName, region: undefined }, signal);
};
