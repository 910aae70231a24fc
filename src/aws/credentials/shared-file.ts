import { join } from "node:path";
import { type CredentialSource, noCredentials, type Surroundings, secretText } from "./source.ts";
import { assumeByWebIdentity } from "./web-identity.ts";

type Profile = Readonly<Record<string, string>>;

/** Profiles of an INI file as AWS's tools write it, by name. */
export function profilesOf(text: string, isConfig: boolean): ReadonlyMap<string, Profile> {
  const profiles = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    if (line.startsWith("[")) {
      const close = line.indexOf("]");
      const heading = line.slice(1, close < 0 ? undefined : close).trim();
      const name = isConfig && heading.startsWith("profile ") ? heading.slice(8).trim() : heading;
      // In the config file only `default` stands without the word.
      const isProfile = !isConfig || name !== heading || name === "default";
      current = isProfile ? (profiles.get(name) ?? {}) : undefined;
      if (current !== undefined) profiles.set(name, current);
      continue;
    }
    const equals = line.indexOf("=");
    // Indented lines are keys of nested settings, of which none is read here.
    if (equals < 0 || current === undefined || /^\s/.test(raw)) continue;
    current[line.slice(0, equals).trim().toLowerCase()] = line.slice(equals + 1).trim();
  }
  return profiles;
}

async function readProfile(around: Surroundings, file: string, name: string, isConfig: boolean) {
  try {
    return profilesOf(await around.readFile(file), isConfig).get(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw noCredentials(`${file} cannot be read (${code ?? "error"}).`, "Let the front door's user read it.");
  }
}

/** A profile of ~/.aws/credentials and ~/.aws/config: keys, or a role by web identity. */
export const fromSharedFile: CredentialSource = async (around, asked, signal) => {
  const { environment, homeFolder } = around;
  const name = asked ?? (environment.AWS_PROFILE || "default");
  const credentialsFile = environment.AWS_SHARED_CREDENTIALS_FILE || join(homeFolder, ".aws/credentials");
  const configFile = environment.AWS_CONFIG_FILE || join(homeFolder, ".aws/config");
  const [credentials, config] = await Promise.all([
    readProfile(around, credentialsFile, name, false),
    readProfile(around, configFile, name, true),
  ]);
  const profile: Profile = { ...config, ...credentials };
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = profile;
  if (id !== undefined && secret !== undefined) {
    const [accessKeyId, secretAccessKey] = [secretText(id), secretText(secret)];
    if (accessKeyId === undefined || secretAccessKey === undefined)
      throw noCredentials(
        `The profile ${name} has keys with characters that no credential has.`,
        "Write it anew.",
      );
    const sessionToken = token === undefined ? undefined : secretText(token);
    return { accessKeyId, secretAccessKey, sessionToken, expiresMs: undefined };
  }
  const { role_arn: roleArn, web_identity_token_file: tokenFile, role_session_name: sessionName } = profile;
  if (roleArn !== undefined && tokenFile !== undefined)
    return assumeByWebIdentity(around, { roleArn, tokenFile, sessionName, region: profile.region }, signal);
  if (credentials === undefined && config === undefined) {
    if (asked === undefined && !environment.AWS_PROFILE) return undefined;
    throw noCredentials(
      `There is no profile ${name} in ${credentialsFile} or ${configFile}.`,
      "Name another one.",
    );
  }
  if (Object.keys(profile).some((key) => /^(?:role_arn|sso_|credential_process|source_profile)/.test(key)))
    throw noCredentials(
      `The profile ${name} has no keys of its own, and roles by other profiles, SSO and processes are not read.`,
      "Give it aws_access_key_id and aws_secret_access_key, or role_arn with web_identity_token_file.",
    );
  return undefined;
};
