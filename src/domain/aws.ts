/** Where credentials for AWS are looked for. `auto`: each in the order that AWS's own tools take. */
export const CREDENTIAL_SOURCES = [
  "auto",
  "environment",
  "file",
  "webIdentity",
  "container",
  "instance",
] as const;
export type CredentialsFrom = (typeof CREDENTIAL_SOURCES)[number];

export interface CredentialSettings {
  readonly from: CredentialsFrom;
  /** Of the shared file; undefined: AWS_PROFILE, or `default`. */
  readonly profile: string | undefined;
}

/** A function as it is invoked. */
export interface FunctionSettings {
  /** Its name, or its whole ARN. */
  readonly name: string;
  /** A version or an alias; undefined: $LATEST. */
  readonly qualifier: string | undefined;
  /** Undefined: the ARN's, or that of the environment. */
  readonly region: string | undefined;
  /** Origin of an emulator or of a private endpoint; undefined: the Region's. */
  readonly endpoint: string | undefined;
  readonly credentials: CredentialSettings;
}

/** The Region that an ARN names; undefined: it is none, or names none. */
export function regionOfArn(arn: string): string | undefined {
  const region = /^arn:[^:]*:[^:]*:([^:]*):/.exec(arn)?.[1];
  return region === "" ? undefined : region;
}
