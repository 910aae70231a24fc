import { join } from "node:path";
import type { AwsCredentials } from "../contract.ts";
import { fromContainer } from "./container.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstance } from "./instance.ts";
import { fromProcess } from "./process.ts";
import { type Profile, profilesOf, sectionsOf } from "./profiles.ts";
import { type CredentialSource, noCredentials, type Surroundings, secretText } from "./source.ts";
import { fromSso } from "./sso.ts";
import { roleCredentials } from "./sts.ts";
import { assumeByWebIdentity } from "./web-identity.ts";

/** Roles that are assumed one by another. */
const MAX_ROLES = 5;

/** Who assumes a role where no profile does. */
const CREDENTIAL_SOURCES: Readonly<Record<string, CredentialSource>> = {
  Environment: fromEnvironment,
  Ec2InstanceMetadata: fromInstance,
  EcsContainer: fromContainer,
};

/** Both files, each once for all profiles of one look. */
class SharedFiles {
  readonly credentialsFile: string;
  readonly configFile: string;
  private readonly around: Surroundings;
  private texts: Promise<readonly [credentials: string, config: string]> | undefined;

  constructor(around: Surroundings) {
    const { environment, homeFolder } = around;
    this.around = around;
    this.credentialsFile = environment.AWS_SHARED_CREDENTIALS_FILE || join(homeFolder, ".aws/credentials");
    this.configFile = environment.AWS_CONFIG_FILE || join(homeFolder, ".aws/config");
  }

  async profile(name: string): Promise<Profile | undefined> {
    const [credentials, config] = await this.read();
    const [keys, settings] = [profilesOf(credentials, false).get(name), profilesOf(config, true).get(name)];
    return keys === undefined && settings === undefined ? undefined : { ...settings, ...keys };
  }

  async session(name: string): Promise<Profile> {
    const [, config] = await this.read();
    return sectionsOf(config).get(`sso-session ${name}`) ?? {};
  }

  private read() {
    this.texts ??= Promise.all([this.text(this.credentialsFile), this.text(this.configFile)]);
    return this.texts;
  }

  private async text(file: string): Promise<string> {
    try {
      return await this.around.readFile(file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return "";
      throw noCredentials(
        `${file} cannot be read (${code ?? "error"}).`,
        "Let the front door's user read it.",
      );
    }
  }
}

/** A profile's own keys; undefined: it has none. */
function keysOf(name: string, profile: Profile): AwsCredentials | undefined {
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = profile;
  if (id === undefined || secret === undefined) return undefined;
  const [accessKeyId, secretAccessKey] = [secretText(id), secretText(secret)];
  const sessionToken = token === undefined || token === "" ? undefined : secretText(token);
  // Without its token AWS would refuse the keys, and nobody would know why.
  if (accessKeyId === undefined || secretAccessKey === undefined || (token && sessionToken === undefined))
    throw noCredentials(
      `The profile ${name} has keys with characters that no credential has.`,
      "Write it anew.",
    );
  return { accessKeyId, secretAccessKey, sessionToken, expiresMs: undefined };
}

/** One look at the profiles, from the one that is asked for to those that its roles come from. */
class Look {
  private readonly around: Surroundings;
  private readonly files: SharedFiles;
  private readonly signal: AbortSignal;
  /** Profiles on the way here. */
  private readonly roles: string[] = [];

  constructor(around: Surroundings, files: SharedFiles, signal: AbortSignal) {
    this.around = around;
    this.files = files;
    this.signal = signal;
  }

  /** Undefined: the profile says nothing of credentials. */
  async of(name: string, profile: Profile): Promise<AwsCredentials | undefined> {
    const { around, signal } = this;
    const { role_arn: roleArn, web_identity_token_file: tokenFile, role_session_name: sessionName } = profile;
    const role = roleArn !== undefined && (profile.source_profile ?? profile.credential_source) !== undefined;
    // As AWS's tools have it, a role comes before keys; a profile that is its own source gives its keys.
    if (role && !this.roles.includes(name)) return this.assumed(name, profile, roleArn);
    const keys = keysOf(name, profile);
    if (keys !== undefined) return keys;
    if (role) throw noCredentials(`The profile ${name} is its own source, and has no keys.`, "Give it keys.");
    if (roleArn !== undefined && tokenFile !== undefined)
      return assumeByWebIdentity(around, { roleArn, tokenFile, sessionName, region: profile.region }, signal);
    const { sso_session: session } = profile;
    if (session !== undefined || profile.sso_start_url !== undefined) {
      const settings = session === undefined ? profile : await this.files.session(session);
      const { sso_start_url: startUrl, sso_region: region } = settings;
      const { sso_account_id: account, sso_role_name: ssoRole } = profile;
      return fromSso(around, { session, startUrl, region, account, role: ssoRole }, signal);
    }
    if (profile.credential_process) return fromProcess(around, name, profile.credential_process, signal);
    if (roleArn !== undefined)
      throw noCredentials(
        `The profile ${name} has a role, and nothing that it is assumed by.`,
        "Give it source_profile, credential_source or web_identity_token_file.",
      );
    return undefined;
  }

  private async assumed(name: string, profile: Profile, roleArn: string): Promise<AwsCredentials> {
    const { mfa_serial: mfa, external_id: externalId, duration_seconds: duration, region } = profile;
    if (mfa !== undefined)
      throw noCredentials(
        `The profile ${name} wants a code (mfa_serial), and nobody is here to type it.`,
        "Name another profile.",
      );
    this.roles.push(name);
    if (this.roles.length > MAX_ROLES)
      throw noCredentials(
        `More than ${MAX_ROLES} roles come one from another.`,
        "Assume the last one directly.",
      );
    const by = await this.sourceOf(name, profile);
    const query = [
      ["Action", "AssumeRole"],
      ["RoleArn", roleArn],
      ["RoleSessionName", profile.role_session_name || `fig-${this.around.now()}`],
      ...(externalId === undefined ? [] : ([["ExternalId", externalId]] as const)),
      ...(duration === undefined ? [] : ([["DurationSeconds", duration]] as const)),
    ] as const;
    return roleCredentials(this.around, { query, region, by }, this.signal);
  }

  /** Who assumes its role. */
  private async sourceOf(name: string, profile: Profile): Promise<AwsCredentials> {
    const { source_profile: source, credential_source: kind } = profile;
    if (source !== undefined) {
      const found = await this.files.profile(source);
      const given = found && (await this.of(source, found));
      if (given !== undefined) return given;
      throw noCredentials(
        `The profile ${name} takes its role by ${source}, which ${found === undefined ? "is not there" : "has no keys"}.`,
        "Look at source_profile.",
      );
    }
    const given = await CREDENTIAL_SOURCES[kind ?? ""]?.(this.around, undefined, this.signal);
    if (given !== undefined) return given;
    throw noCredentials(
      `The credential_source of the profile ${name} is not set up here.`,
      `Write one of ${Object.keys(CREDENTIAL_SOURCES).join(", ")}, or source_profile.`,
    );
  }
}

/** A profile of ~/.aws/credentials and ~/.aws/config: a role by another profile, keys, a role by web identity, a login at IAM Identity Center, or what a process says. */
export const fromSharedFile: CredentialSource = async (around, asked, signal) => {
  const { AWS_PROFILE } = around.environment;
  const name = asked ?? (AWS_PROFILE || "default");
  const files = new SharedFiles(around);
  const profile = await files.profile(name);
  if (profile !== undefined) return new Look(around, files, signal).of(name, profile);
  if (asked === undefined && !AWS_PROFILE) return undefined;
  throw noCredentials(
    `There is no profile ${name} in ${files.credentialsFile} or ${files.configFile}.`,
    "Name another one.",
  );
};
