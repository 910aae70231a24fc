import { expect, test } from "vitest";
import { isCredentialHeader, isCredentialName, isCredentialParameter } from "../../src/domain/credentials.ts";

test.each(
  "password passwort PassWord pAsSwOrD password2 pass_word user_password password_confirmation secret client-secret token accessToken REFRESH_TOKEN refreshTokens csrfmiddlewaretoken api_key apikey x-api-key XApiKey api.key AWSAccessKey AWSAccessKeyId authorization session sessionId session_key JSESSIONID PHPSESSID connect.sid cookie Set-Cookie setcookie private_key jwt JWTs credentials auth x-auth user[pass] user%5Bpassword%5D t%6Fken t%6Fken%ZZ otp smsotp hmac sig _wpnonce ns:Password SAMLResponse passwords[0] credentials[user] X-Amz-Signature X-Auth-Token Passwd bearer".split(
    " ",
  ),
)("%s names a credential", (name) => {
  expect(isCredentialName(name)).toBe(true);
  expect(isCredentialParameter(name)).toBe(true);
});

test.each(
  "id name user keyword keyboard monkey turkey tokenCount token_type tokenize tokenizer passenger passport compass bypass author authority sessionCount password_changed_at accessTokenExpiresIn broken pinned shipping etag design obsession cookiePolicy zipcode certificate %ZZ 2024 secretary".split(
    " ",
  ),
)("%s names none", (name) => {
  expect(isCredentialName(name)).toBe(false);
  expect(isCredentialParameter(name)).toBe(false);
});

test.each(["code", "Code", "publicKey", "state", "ticket", "key", "sort_key", "c%6Fde"])(
  "%s is one only in a URL",
  (name) => {
    expect(isCredentialName(name)).toBe(false);
    expect(isCredentialParameter(name)).toBe(true);
  },
);

test("a header that asks for credentials holds none, a proxy's may", () => {
  expect(isCredentialHeader("WWW-Authenticate")).toBe(false);
  expect(isCredentialHeader("Proxy-Authenticate")).toBe(true);
  expect(isCredentialHeader("Authentication-Info")).toBe(true);
});

// One word of a megabyte, and a megabyte of words: both in the time that reading takes.
test("names made to hold the decision up do not", () => {
  for (const piece of ["a", "s", "aA", "a-", "%41", "%", "to", "[", "ssn_", "tokem"]) {
    expect(isCredentialParameter(piece.repeat((1 << 20) / piece.length))).toBe(false);
  }
});
