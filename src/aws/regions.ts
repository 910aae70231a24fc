type Environment = Readonly<Record<string, string | undefined>>;

/** The Region that the environment names. */
export function regionOf({ AWS_REGION, AWS_DEFAULT_REGION }: Environment): string | undefined {
  return AWS_REGION || AWS_DEFAULT_REGION || undefined;
}

/** What a Region's hosts end with. */
export function awsDomain(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}
