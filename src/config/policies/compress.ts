import { z } from "zod";
import { CODINGS } from "../../domain/policies/compress.ts";
import { choice } from "../leaf.ts";
import { size } from "../scalars.ts";
import { mediaTypePattern } from "./media-types.ts";

/** What is text, or compresses as well. Images, films, archives and the like are compressed as they are. */
const TYPES = [
  "text/*",
  "application/json",
  "application/*+json",
  "application/javascript",
  "application/x-ndjson",
  "application/xml",
  "application/*+xml",
  "application/graphql-response+json",
  "application/wasm",
  "image/svg+xml",
];

export const compressSchema = z
  .strictObject({
    encodings: z
      .array(choice(CODINGS))
      .min(1)
      .prefault([...CODINGS])
      .describe("What is offered, the preferred first. A client's own weights come before that."),
    types: z
      .array(mediaTypePattern())
      .min(1)
      .prefault(TYPES)
      .describe(
        "The media types of answers that are compressed: `application/json`, `text/*`, `application/*+json`.",
      ),
    min: size().prefault("1KiB").describe("A shorter answer is sent as it is."),
    secrets: choice(["same-origin", "always", "never"])
      .prefault("same-origin")
      .describe(
        "Answers to requests with what browsers send of their own accord (cookies, passwords, a certificate), and answers that set cookies: compressed where Sec-Fetch-Site says that the page is of the same origin; `always`; or `never`. Another site's page could otherwise learn what is in them from their length (BREACH).",
      ),
  })
  .transform(({ min, ...policy }) => ({ ...policy, minBytes: min }));
