import type { AwsPlace } from "./aws.ts";

/** The objects of one bucket that an upstream has, and what may be done with them. */
export interface ObjectTarget extends AwsPlace {
  readonly bucket: string;
  /** Before every key: "", or a folder with its slash. No path leads out of it. */
  readonly prefix: string;
  /** The object that stands for a folder; undefined: none does. */
  readonly index: string | undefined;
  /** Folders may be listed, as S3 lists them. */
  readonly list: boolean;
  /** Objects may be put and deleted, in parts too. */
  readonly write: boolean;
  /** The bucket stands in the path and not in the host; undefined: where an endpoint is named, or TLS could not name the bucket. */
  readonly pathStyle: boolean | undefined;
}

/** Whether the bucket is named in the path. `own`: the endpoint is not AWS's. */
export function inPath({ pathStyle, bucket }: ObjectTarget, own: boolean): boolean {
  return pathStyle ?? (own || bucket.includes("."));
}
