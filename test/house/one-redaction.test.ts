import { describe, expect, test } from "vitest";
import { scrubbed } from "../../src/domain/scrub.ts";
import { redactLine, redactTarget } from "../../src/observe/redact.ts";
import { jsonMismatches } from "../compare/jobs.ts";

/** Names as their words, so that they can be written in every way. */
const CREDENTIALS = [
  ..."password passwd passwort passphrase passcode pwd pass pin secret token jwt otp hmac nonce csrf xsrf".split(
    " ",
  ),
  ..."signature sig sid sso session sessions cookie credentials auth authentication authorization bearer".split(
    " ",
  ),
  ..."assertion oauth apikey accesstoken sessionid jsessionid phpsessid csrfmiddlewaretoken".split(" "),
  ...`user password|new password|password confirmation|password hash|client secret|secret key|shared key
access token|refresh token|id token|oauth token|oauth verifier|oauth signature|oauth nonce|code verifier
oauth consumer key|auth code|auth key|auth token|device code|x api key|api key|api keys|api token|private key
access key|access key id|signing key|encryption key|master key|session key|session id|session token|session data
x csrf token|xsrf token|set cookie|client assertion|saml response|saml request|saml art|x amz credential
x amz signature|x amz security token|subscription key|account key|reset password token|basic auth|db pass`.split(
    /[|\n]/,
  ),
].map((name) => name.split(" "));
const HARMLESS = [
  ..."tokenize tokenizer keyboard keyword monkey author authority authors passenger passport compass bypass".split(
    " ",
  ),
  ..."secretary pinned shipping broken etag design obsession zipcode statement certificate id name q".split(
    " ",
  ),
  ..."session count|token count|token type|password policy|oauth signature method|access token expires in".split(
    "|",
  ),
  ..."token endpoint|session timeout|cookie policy|signature version|client assertion type|page size".split(
    "|",
  ),
].map((name) => name.split(" "));
/** Held to be credentials in a URL alone. */
const OF_URLS = ["code", "state", "ticket", "key", "sort key"].map((name) => name.split(" "));

const capital = (word: string) => word[0]?.toUpperCase() + word.slice(1);
const encoded = (name: string) => `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;

function spellings(words: readonly string[]): readonly string[] {
  const pascal = words.map(capital).join("");
  const plain = [
    (words[0] as string) + pascal.slice(words[0]?.length),
    pascal,
    words.join("_"),
    words.join("-"),
    words.join("_").toUpperCase(),
    words.map(capital).join("-"),
  ];
  return [...new Set(plain)];
}

/** In a query, also nested as forms nest, and percent-encoded. */
function parameters(words: readonly string[]): readonly string[] {
  return spellings(words).flatMap((name) => [
    name,
    encoded(name),
    `user[${name}]`,
    `user%5B${name}%5D`,
    `users[0][${name}]`,
    `${name}[]`,
  ]);
}

function logged(name: string): readonly string[] {
  const target = `/o?a=1&${name}=QQ&b=2`;
  const line = redactLine(JSON.stringify({ message: `GET ${target} failed` }));
  return [redactTarget(target), (JSON.parse(line).message as string).split(" ")[1] as string];
}

const inQuery = (name: string) => [...logged(name), scrubbed(`/o?a=1&${name}=QQ&b=2`)];

function asMember(name: string): readonly string[] {
  const member = JSON.stringify({ [name]: "QQ" });
  const [difference] = jsonMismatches(member, "[]");
  return [redactLine(member), difference?.legacy ?? ""];
}

describe("the log and the samples hide the same", () => {
  test.each(CREDENTIALS.map((words) => [words.join(" "), words] as const))("%s is hidden", (_, words) => {
    for (const name of parameters(words)) {
      const shown = `/o?a=1&${name}=[redacted]&b=2`;
      expect(inQuery(name), name).toEqual([shown, shown, shown]);
    }
    for (const name of spellings(words)) {
      const shown = JSON.stringify({ [name]: "[redacted]" });
      expect(asMember(name), name).toEqual([shown, shown]);
    }
  });

  test.each(HARMLESS.map((words) => [words.join(" "), words] as const))("%s is shown", (_, words) => {
    for (const name of parameters(words)) {
      const shown = `/o?a=1&${name}=QQ&b=2`;
      expect(inQuery(name), name).toEqual([shown, shown, shown]);
    }
    for (const name of spellings(words)) {
      const shown = JSON.stringify({ [name]: "QQ" });
      expect(asMember(name), name).toEqual([shown, shown]);
    }
  });

  test.each(OF_URLS.map((words) => [words.join(" "), words] as const))(
    "%s is hidden in URLs alone",
    (_, words) => {
      for (const name of spellings(words)) {
        const shown = `/o?a=1&${name}=[redacted]&b=2`;
        expect(inQuery(name), name).toEqual([shown, shown, shown]);
        const member = JSON.stringify({ [name]: "QQ" });
        expect(asMember(name), name).toEqual([member, member]);
      }
    },
  );

  test("a credential goes on behind a `;` or a `,`, and a JSON Web Token is hidden whatever it is called", () => {
    for (const value of ["a;b", "a,b", "a=b=c"]) {
      const target = `/o?token=${value}&c=d`;
      expect([redactTarget(target), scrubbed(target)]).toEqual(Array(2).fill("/o?token=[redacted]&c=d"));
    }
    for (const text of [
      "/o?next=%22eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s-_a%22&b=1",
      "/x?u=https://me:p@h/",
    ]) {
      expect(redactTarget(text)).toBe(scrubbed(text));
      expect(redactLine(text)).toBe(scrubbed(text));
      expect(redactTarget(text)).toContain("[redacted]");
    }
  });
});

test("targets made to hold the log up, or to break it, do not", () => {
  for (const piece of ["eyJ", "=;", "a=1;", ";", "token=", "?", "&", "//", "[", "%5B"]) {
    const target = `/o?${piece.repeat((1 << 18) / piece.length)}`;
    expect(redactTarget(target).length).toBeGreaterThan(0);
    expect(redactLine(JSON.stringify({ target })).length).toBeGreaterThan(0);
  }
});
