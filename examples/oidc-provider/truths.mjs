// What really differs: both versions are asked themselves, without a front door between, and each difference is held to what they say.
const asked = {
  client_id: "shop",
  response_type: "code",
  scope: "openid",
  redirect_uri: "https://shop.example.test/signed-in",
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_challenge_method: "S256",
};

const answer = (path) => (url) =>
  fetch(new URL(path, url), { redirect: "manual", headers: { accept: "application/json" } });
const json = (path, member) => async (url) => (await (await answer(path)(url)).json())[member];

/** Name and attributes of one cookie that an answer sets; undefined: it sets none of the name. */
const cookie = (path, name) => async (url) => {
  const lines = (await answer(path)(url)).headers.getSetCookie();
  const line = lines.find((each) => each.startsWith(`${name}=`));
  return line
    ?.split(/; */)
    .slice(1)
    .filter((each) => !each.startsWith("expires="))
    .join("; ");
};

const discovery = "/.well-known/openid-configuration";
const end = "/session/end?client_id=shop";

/** Route, path as `fig diff` prints it, and how to ask one version for what stands there. */
const truths = [
  ["discovery", "$.dpop_signing_alg_values_supported", json(discovery, "dpop_signing_alg_values_supported")],
  ["discovery", "$.request_parameter_supported", json(discovery, "request_parameter_supported")],
  [
    "discovery",
    "$.token_endpoint_auth_signing_alg_values_supported",
    json(discovery, "token_endpoint_auth_signing_alg_values_supported"),
  ],
  ...["device", "logout"].flatMap((route) =>
    ["_session", "_session.sig", "_session.legacy", "_session.legacy.sig"].map((name) => [
      route,
      `header.set-cookie[${name}]`,
      cookie(route === "device" ? "/device" : end, name),
    ]),
  ),
  ["userinfo", "status", async (url) => (await answer("/me")(url)).status],
  ["userinfo", "$.error", json("/me", "error")],
  [
    "userinfo",
    "header.www-authenticate",
    async (url) => (await answer("/me")(url)).headers.get("www-authenticate"),
  ],
];

/** Each difference with what 8 and 9 say; throws where they say the same. */
export async function asking(legacy, modern) {
  const page = new URL(
    (await answer(`/auth?${new URLSearchParams(asked)}`)(modern)).headers.get("location"),
    modern,
  );
  if (!page.pathname.startsWith("/interaction/")) throw new Error(`9 leads to ${page}`);
  const rows = [];
  for (const [route, path, ask] of truths) {
    const [eight, nine] = [await ask(legacy), await ask(modern)].map(
      (said) => JSON.stringify(said) ?? "nothing",
    );
    if (eight === nine) throw new Error(`${route}: both say ${eight} at ${path}`);
    rows.push([route, path, eight, nine]);
  }
  return rows;
}
