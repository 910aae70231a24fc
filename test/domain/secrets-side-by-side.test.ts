import { expect, test } from "vitest";
import { mergedSpans, REDACTED, secretSpans, withoutSpans } from "../../src/domain/redaction.ts";
import { scrubbed } from "../../src/domain/scrub.ts";
import { CREDENTIAL_SHAPES } from "../support/secrets-corpus.ts";

const SEPARATORS = [..."/.-_~+=:;,!?&#%@*'\"()[]{}<>|\\ \t\n", "://", "/v1/", "--", " and "];
const ENCODED = ["%2F", "%20", "%252F", "%3D", "\\u002f"];
/** One of each way to find them, paired with all kinds. */
const FEW = new Set([
  ...["hf_", "AKIA", "SG.", "whsec_", "hvs.", "secret-token:", "Mailchimp", "Vault, old", "Discord's bot"],
  ...["JSON Web Token", "Bearer", "bcrypt", "LDAP hash", "a URL's user", "PEM PRIVATE KEY", "ApiKey scheme"],
]);

const withoutSpansOf = (text: string) => withoutSpans(text, mergedSpans(secretSpans(text)));

test.each([
  ["as they are", withoutSpansOf, SEPARATORS],
  ["in an address or a page", scrubbed, ENCODED],
])(
  "of two credentials side by side nothing more is seen than of each alone, whatever parts them: %s",
  {
    timeout: 120_000,
  },
  (_where, shown, separators) => {
    const left = (text: string) => shown(text).replaceAll(REDACTED, "");
    const alone = CREDENTIAL_SHAPES.map(([kind, of]) => {
      const text = of("mark");
      return { kind, text, seen: left(text).length };
    });
    const few = alone.filter(({ kind }) => FEW.has(kind));
    expect(few).toHaveLength(FEW.size);
    const faults: string[] = [];
    const look = (one: (typeof alone)[number], other: (typeof alone)[number]) => {
      for (const separator of separators) {
        const seen = left(one.text + separator + other.text);
        if (seen.length > one.seen + separator.length + other.seen)
          faults.push(`${one.kind} ${JSON.stringify(separator)} ${other.kind}: ${seen}`);
      }
    };
    for (const one of alone)
      for (const other of few) {
        look(one, other);
        look(other, one);
      }
    expect(faults.slice(0, 20)).toEqual([]);
  },
);
