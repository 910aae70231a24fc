import type { CredentialSettings } from "../../domain/aws.ts";
import type { AwsCredentials } from "../contract.ts";
import { fromContainer } from "./container.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstance } from "./instance.ts";
import { fromSharedFile } from "./shared-file.ts";
import { type CredentialSource, noCredentials, type Surroundings } from "./source.ts";
import { fromWebIdentity } from "./web-identity.ts";

const SOURCES = {
  environment: fromEnvironment,
  file: fromSharedFile,
  webIdentity: fromWebIdentity,
  container: fromContainer,
  instance: fromInstance,
} satisfies Readonly<Record<string, CredentialSource>>;

/** The first source that is set up here, in the order of AWS's own tools; or the one that is named. */
export async function lookedUp(
  around: Surroundings,
  { from, profile }: CredentialSettings,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const sources = from === "auto" ? Object.values(SOURCES) : [SOURCES[from]];
  for (const source of sources) {
    const found = await source(around, profile, signal);
    if (found !== undefined) return found;
  }
  throw noCredentials(
    from === "auto"
      ? "No credentials for AWS are set up here."
      : `The source of credentials ${from} is not set up here.`,
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, write ~/.aws/credentials, or run with a role.",
  );
}
