import { type AwsPlace, awsDomain } from "../domain/aws.ts";
import type { AwsServiceName } from "./contract.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The Region that the environment names. */
export function regionOf({ AWS_REGION, AWS_DEFAULT_REGION }: Environment): string | undefined {
  return AWS_REGION || AWS_DEFAULT_REGION || undefined;
}

/** Where a service is, and whether that is somebody's own place; undefined: no Region is known, or the place is no URL. */
export function endpointOf(
  service: AwsServiceName,
  { endpoint, fips }: AwsPlace,
  region: string | undefined,
  environment: Environment,
): { readonly url: URL; readonly own: boolean } | undefined {
  const own =
    endpoint || environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || environment.AWS_ENDPOINT_URL;
  if (!own && region === undefined) return undefined;
  const byFips = fips ?? environment.AWS_USE_FIPS_ENDPOINT?.toLowerCase() === "true";
  const url = URL.parse(
    own || `https://${service}${byFips ? "-fips" : ""}.${region}.${awsDomain(region ?? "")}`,
  );
  return url === null ? undefined : { url, own: Boolean(own) };
}
