// One login page for a shop and its API, as both versions of oidc-provider are set up. Pages and answers are the product's own.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { keepingNothingOfCopies, sqliteAdapter } from "./store.mjs";

const people = {
  ada: { name: "Ada Lovelace", email: "ada@example.com" },
  grace: { name: "Grace Hopper", email: "grace@example.com" },
};

function settings(store, keys) {
  return {
    adapter: sqliteAdapter(store),
    jwks: { keys: JSON.parse(readFileSync(keys, "utf8")) },
    cookies: { keys: ["for this example only"] },
    clients: [
      {
        client_id: "shop",
        client_secret: "for this example only",
        client_name: "The shop",
        redirect_uris: ["https://shop.example.test/signed-in"],
        post_logout_redirect_uris: ["https://shop.example.test/bye"],
        policy_uri: "https://shop.example.test/privacy",
        grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
    features: {
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
  };
}

/** Serves a version on a port of 127.0.0.1; prints {"url": ...}. Arguments: PORT STORE KEYS. `more`: settings of its own. */
export function serve(Provider, { features, cookies, ...more } = {}) {
  const [port = "0", store, keys] = process.argv.slice(2);
  const same = settings(store, keys);
  const provider = new Provider("http://login.example.test", {
    ...same,
    ...more,
    features: { ...same.features, ...features },
    cookies: { ...same.cookies, ...cookies },
  });
  provider.proxy = true;
  const server = createServer(keepingNothingOfCopies(provider.callback()));
  // Longer than any proxy keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 120_000;
  server.listen(Number(port), "127.0.0.1", () => {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }));
  });
}
