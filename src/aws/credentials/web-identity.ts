import type { AwsCredentials } from "../contract.ts";
import { type CredentialSource, noCredentials, type Surroundings, secretText } from "./source.ts";
import { roleCredentials } from "./sts.ts";

interface WebIdentity {
  readonly roleArn: string;
  readonly tokenFile: string;
  readonly sessionName: string | undefined;
  readonly region: string | undefined;
}

/** A role's credentials for a token that the platform wrote to a file (STS AssumeRoleWithWebIdentity, which is not signed). */
export async function assumeByWebIdentity(
  around: Surroundings,
  { roleArn, tokenFile, sessionName, region }: WebIdentity,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const { readFile, now } = around;
  // Read each time: Kubernetes puts another one there.
  const token = secretText(await readFile(tokenFile).catch(() => ""));
  if (token === undefined)
    throw noCredentials(`There is no token in ${tokenFile}.`, "Look at AWS_WEB_IDENTITY_TOKEN_FILE.");
  const query = [
    ["Action", "AssumeRoleWithWebIdentity"],
    ["RoleArn", roleArn],
    ["RoleSessionName", sessionName || `fig-${now()}`],
    ["WebIdentityToken", token],
  ] as const;
  return roleCredentials(around, { query, region, by: undefined }, signal);
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
