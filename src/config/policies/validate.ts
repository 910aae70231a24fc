import { z } from "zod";
import { choice } from "../leaf.ts";
import { idText, size } from "../scalars.ts";

export const validateSchema = z
  .strictObject({
    openapi: idText("name of a document").describe("The name of one of fig.yaml's `documents`."),
    requests: choice(["enforce", "report"])
      .prefault("enforce")
      .describe(
        "`enforce`: a request that is not as the document says gets 400. `report`: it passes and is counted.",
      ),
    answers: choice(["report", "off"])
      .prefault("off")
      .describe(
        "`report`: answers of both sides, to shadows too, are held against the document and counted. Where modern's breaks it otherwise than legacy's, it is a mismatch of kind `schema`. No answer waits for it.",
      ),
    unknown: choice(["refuse", "pass"])
      .prefault("refuse")
      .describe(
        "What the document does not describe: a path gets 404, a method 405, a media type 415; or it passes and is counted.",
      ),
    maxBody: size({ positive: true })
      .prefault("1MiB")
      .describe(
        "The largest body that is looked at. A larger request gets 413 (with `requests: report` it passes), a larger answer is not looked at. Never 0.",
      ),
  })
  .transform(({ maxBody, ...rest }) => ({ ...rest, maxBytes: maxBody }));
