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

/** Where something of AWS's is, and with whose rights it is asked. */
export interface AwsPlace {
  /** Undefined: that of an ARN or a URL, or of the environment. */
  readonly region: string | undefined;
  /** Origin of an emulator or of a private endpoint; undefined: the Region's. */
  readonly endpoint: string | undefined;
  /** The Region's FIPS endpoint; left out: as AWS_USE_FIPS_ENDPOINT says. */
  readonly fips?: boolean | undefined;
  readonly credentials: CredentialSettings;
}

/** A function as it is invoked. */
export interface FunctionSettings extends AwsPlace {
  /** Its name, or its whole ARN. */
  readonly name: string;
  /** A version or an alias; undefined: $LATEST. */
  readonly qualifier: string | undefined;
}

/** The Region that an ARN names; undefined: it is none, or names none. */
export function regionOfArn(arn: string): string | undefined {
  const region = /^arn:[^:]*:[^:]*:([^:]*):/.exec(arn)?.[1];
  return region === "" ? undefined : region;
}

/** A Region's name. */
export const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;

/** What hosts of Regions that begin so end with, as AWS's SDKs have it (partitions.json). */
const DOMAINS = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
] as const;

/** What a Region's hosts end with. */
export function awsDomain(region: string): string {
  return DOMAINS.find(([start]) => region.startsWith(start))?.[1] ?? "amazonaws.com";
}
