import { z } from "zod";
import { flag, textLeaf, Wrong } from "../leaf.ts";
import { size } from "../scalars.ts";
import { mediaTypePattern } from "./media-types.ts";

const CODING_LIKE = "write the name of a content coding: identity, gzip, br, zstd or deflate";

const coding = () =>
  textLeaf("content coding", CODING_LIKE, (text) =>
    /^[a-z0-9_-]+$/i.test(text)
      ? text.toLowerCase()
      : new Wrong("{value} is not a content coding", CODING_LIKE),
  );

export const bodySchema = z
  .strictObject({
    max: size()
      .prefault(0)
      .describe(
        "The most bytes that a body may have as it is sent; 0: as many as `limits.body` lets. 413 for more.",
      ),
    types: z
      .array(mediaTypePattern())
      .min(1)
      .optional()
      .describe(
        "The media types that a body may be of: `application/json`, `text/*`, `application/*+json`. 415 for others, and for a body without a type. Left out: any.",
      ),
    encodings: z
      .array(coding())
      .min(1)
      .prefault(["identity"])
      .describe(
        "The content codings that a body may be sent in. A compressed one may become many times as large at the side. 415 for others.",
      ),
    required: flag().prefault(false).describe("A POST, PUT or PATCH must have a body; 400 without."),
  })
  .transform(({ max, types, encodings, required }) => ({ maxBytes: max, types, encodings, required }));
