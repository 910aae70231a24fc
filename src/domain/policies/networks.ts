/** Who may ask, by address. */
export interface NetworksPolicy {
  /** CIDR networks; undefined: every address that `deny` does not hold. */
  readonly allow?: readonly string[] | undefined;
  /** CIDR networks. They come before `allow`. */
  readonly deny: readonly string[];
}
