import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatProblems, type LoadOptions, loadConfig, parseConfig } from "../../src/config/index.ts";
import { certificate } from "../support/certificates.ts";
import { complaints, type Files, folderOf, within } from "./folder.ts";

const NOW = Date.now();
const site = certificate({ names: ["Shop.test", "*.shop.test"] });
const other = certificate({ names: ["other.test"] });
const LISTEN = 'listen:\n  - { address: "127.0.0.1:0", tls: { cert: tls/a.crt, key: tls/a.key } }\n';
const PAIR: Files = { "fig.yaml": LISTEN, "tls/a.crt": site.cert, "tls/a.key": site.key };

async function loaded(files: Files, options: LoadOptions = {}) {
  const folder = folderOf(files);
  for (const name of Object.keys(files)) if (name.endsWith(".key")) chmodSync(join(folder, name), 0o600);
  const result = await loadConfig(join(folder, "fig.yaml"), {}, { nowMs: NOW, ...options });
  const said = result.ok ? result.warnings.join("\n") : formatProblems(result.problems);
  return { folder, result, said: within(folder, said), config: result.ok ? result.config : undefined };
}

describe("TLS of a listener", () => {
  test("holds what its files hold, with the names it is for", async () => {
    const { folder, config, result, said } = await loaded(PAIR);
    expect(said).toBe("");
    expect(config?.listen[0]?.tls).toEqual({
      certificates: [
        {
          name: "shop.test",
          ...site,
          names: ["shop.test", "*.shop.test"],
          fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
          startsMs: expect.closeTo(NOW, -7),
          endsMs: expect.closeTo(NOW + 90 * 86_400_000, -5),
        },
      ],
      minVersion: "1.2",
      clients: undefined,
    });
    expect(result.paths).toEqual(
      expect.arrayContaining([join(folder, "tls/a.crt"), join(folder, "tls/a.key")]),
    );
  });

  test("a list is short for certificates; a version may be written as a number; PEM text may stand for a file", async () => {
    const inline = JSON.stringify(other.cert);
    const { config, said } = await loaded({
      ...PAIR,
      "fig.yaml": `listen:\n  - { address: "127.0.0.1:0", tls: [{ cert: tls/a.crt, key: tls/a.key }, { cert: ${inline}, key: tls/b.key }] }\n  - { address: "127.0.0.1:0", tls: { certificates: [{ cert: tls/a.crt, key: tls/a.key }], minVersion: 1.3, clients: { ca: ${inline}, require: false } } }\n`,
      "tls/b.key": other.key,
    });
    expect(said).toBe("");
    const [first, second] = config?.listen ?? [];
    expect(first?.tls?.certificates.map(({ name }) => name)).toEqual(["shop.test", "other.test"]);
    expect(second?.tls).toMatchObject({ minVersion: "1.3", clients: { ca: other.cert, require: false } });
  });

  test("files that are not there, or hold something else", async () => {
    const { said } = await loaded({
      "fig.yaml":
        'listen: { address: "127.0.0.1:0", tls: { certificates: [{ cert: no.crt, key: tls }, { cert: a.key, key: a.crt }], clients: { ca: a.key } } }\n',
      "tls/empty": "",
      "a.crt": site.cert,
      "a.key": site.key,
    });
    expect(said.split("\n")).toEqual([
      "fig.yaml:1:65: listen.tls.certificates[0].cert: no.crt does not exist — create it, or name an existing one",
      "fig.yaml:1:78: listen.tls.certificates[0].key: tls cannot be read (EISDIR) — name a file",
      "fig.yaml:1:93: listen.tls.certificates[1].cert: a.key: there is no whole certificate in it — write a PEM file of blocks that begin with BEGIN CERTIFICATE, the site's own first",
      "fig.yaml:1:105: listen.tls.certificates[1].key: a.crt: there is no whole private key in it — write a PEM file that begins with BEGIN PRIVATE KEY",
      "fig.yaml:1:130: listen.tls.clients.ca: a.key: there is no whole certificate in it — write a PEM file of blocks that begin with BEGIN CERTIFICATE",
    ]);
  });

  test("a file that is half written, and the key of another certificate", async () => {
    const half = await loaded({ ...PAIR, "tls/a.crt": `${site.cert}${other.cert.slice(0, 400)}` });
    expect(half.said).toContain("tls/a.crt: there is no whole certificate in it");
    const key = await loaded({ ...PAIR, "tls/a.key": site.key.slice(0, 120) });
    expect(key.said).toContain("tls/a.key: there is no whole private key in it");
    const mixed = await loaded({ ...PAIR, "tls/a.key": other.key });
    expect(mixed.said).toBe(
      "fig.yaml:2:60: listen[0].tls.key: tls/a.key: the key is not that of the certificate — put the key of this certificate there, or write both files before fig reads them",
    );
  });

  test("dates count, but for a front door that starts, or has that certificate in force", async () => {
    const old = certificate({
      names: ["old.test"],
      from: "2020-01-01T00:00:00Z",
      to: "2021-01-01T00:00:00Z",
    });
    const files = { ...PAIR, "tls/a.crt": old.cert, "tls/a.key": old.key };
    const ended = "tls/a.crt: the certificate has ended at 2021-01-01T00:00:00.000Z";
    const refused = await loaded(files);
    expect(refused.said).toBe(`fig.yaml:2:44: listen[0].tls.cert: ${ended} — put a new one in its place`);
    const starting = await loaded(files, { outOfDate: "any" });
    expect(starting.said).toBe(`${ended}: put a new one in its place`);
    const fingerprint = starting.config?.listen[0]?.tls?.certificates[0]?.fingerprint as string;
    expect((await loaded(files, { outOfDate: [fingerprint] })).result.ok).toBe(true);
    expect((await loaded(files, { outOfDate: ["of another"] })).result.ok).toBe(false);
    const early = await loaded(PAIR, { nowMs: Date.parse("2020-01-01T00:00:00Z") });
    expect(early.said).toContain("tls/a.crt: the certificate begins at 20");
  });

  test("a key that everybody can read is warned of; one with a passphrase cannot be used", async () => {
    const folder = folderOf(PAIR);
    chmodSync(join(folder, "tls/a.key"), 0o644);
    const open = await loadConfig(join(folder, "fig.yaml"), {}, { nowMs: NOW });
    expect(open).toMatchObject({
      ok: true,
      warnings: ["tls/a.key: every user of this machine can read this private key: chmod 600 it"],
    });
    writeFileSync(join(folder, "tls/a.key"), site.key.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    const locked = await loadConfig(join(folder, "fig.yaml"), {});
    expect(locked.ok ? "" : formatProblems(locked.problems)).toContain("the private key has a passphrase");
  });

  test("keys of the file that do not go together", async () => {
    expect(
      (
        await complaints({
          "fig.yaml": `listen:
  - { address: "127.0.0.1:1", tls: {} }
  - { address: "127.0.0.1:2", tls: { cert: a }, mode: "0660" }
  - { address: "127.0.0.1:3", tls: { cert: a, key: b, certificates: [] } }
  - { address: "127.0.0.1:4", tls: { cert: 5, key: b, minVersion: 1.1 }, http2: maybe }
  - { address: "unix:x.sock", mode: "0999", proxy: true }
`,
        })
      ).split("\n"),
    ).toMatchInlineSnapshot(`
      [
        "fig.yaml:4:69: listen[2].tls.certificates: must not be empty — write at least one, or leave the key out",
        "fig.yaml:5:44: listen[3].tls.cert: 5 is not a text — write the path of a certificate, or its PEM text",
        "fig.yaml:5:67: listen[3].tls.minVersion: 1.1 is no version of TLS here — write 1.2 or 1.3",
        "fig.yaml:5:81: listen[3].http2: "maybe" is neither true nor false — write true or false",
        "fig.yaml:6:37: listen[4].mode: "0999" is no mode of a file — write three octal digits in quotes, like "0660"",
        "fig.yaml:6:45: listen[4]: unknown key "proxy" — keys known here: address, tls, proxyProtocol, http2, mode",
      ]
    `);
  });

  test("parts of a listener that are missing, or too many", async () => {
    const said = await complaints({
      "fig.yaml": `listen:
  - { address: "127.0.0.1:1", tls: {} }
  - { address: "127.0.0.1:2", tls: { cert: a }, mode: "0660" }
  - { address: "127.0.0.1:3", tls: { cert: a, key: b, certificates: [{ cert: a, key: b }] } }
`,
    });
    expect(said.split("\n").filter((line) => !line.includes("does not exist"))).toEqual([
      "fig.yaml:2:36: listen[0].tls: cert is missing — write the path of a certificate, and of its key beside it",
      "fig.yaml:3:36: listen[1].tls: key is missing — write the path of the certificate's private key",
      "fig.yaml:3:55: listen[1].mode: only a Unix socket has a mode — leave it out, or write address: unix:PATH",
      "fig.yaml:4:36: listen[2].tls: there are cert or key beside certificates — put all of them into certificates",
    ]);
  });

  test("a program gives PEM text: no file is read", () => {
    const parsed = (tls: object) => parseConfig({ listen: { address: "127.0.0.1:0", tls } });
    const wrong = parsed({ cert: "a.crt", key: site.key });
    expect(wrong.ok ? "" : formatProblems(wrong.problems)).toBe(
      "config.listen.tls.cert: listen.tls.cert: must be PEM text, because no file is read — give the text that the file holds",
    );
    expect(parsed({ ...site }).ok).toBe(true);
  });

  test("whoever only looks at routes reads no key", async () => {
    const { config, result } = await loaded({ "fig.yaml": LISTEN }, { keys: false });
    expect(result.ok).toBe(true);
    expect(config?.listen[0]?.tls?.certificates).toEqual([]);
  });
});

test("a Unix socket is an address, in full once the files are read", async () => {
  const { folder, config, said } = await loaded({
    "fig.yaml":
      'listen: [unix:a.sock, { address: "unix:///run/b.sock", mode: "0660", proxyProtocol: true }]\nadmin: unix:admin.sock\ntrustedProxies: ["unix:"]\n',
  });
  expect(said).toBe("");
  expect(config).toMatchObject({
    listen: [
      { host: "", port: 0, unix: { path: join(folder, "a.sock"), mode: 0o600 }, proxyProtocol: false },
      { unix: { path: "/run/b.sock", mode: 0o660 }, proxyProtocol: true },
    ],
    admin: { unix: { path: join(folder, "admin.sock"), mode: 0o600 } },
    trustedProxies: ["unix:"],
  });
  const twice = await complaints({
    "fig.yaml": `listen: [unix:a, unix:a, unix:${"x".repeat(120)}]\nadmin: unix:a\n`,
  });
  expect(twice.replaceAll(/\/tmp\S*\//g, "")).toContain("listen and admin are both unix:a");
  expect(twice).toContain("the path of the socket is longer than 107 bytes");
});

describe("a certificate that is ordered", () => {
  const listen = (acme: string) => `listen: { address: "127.0.0.1:0", tls: { acme: ${acme} } }\n`;
  const GOOD = "directory: https://acme.test/dir, termsAgreed: true";

  test("is read with its defaults, names in lower case and each once, and an authority's own authority", async () => {
    const { folder, result, config, said } = await loaded({
      "fig.yaml": listen(
        "{ directory: https://acme.test/dir, termsAgreed: true, domains: [Shop.Example.com, shop.example.com, a.example.com], email: ops@example.com, ca: ca.crt }",
      ),
      "ca.crt": other.cert,
    });
    expect(said).toMatch(
      /^listen: an authority asks for http-01 by plain HTTP on port 80, and no listener speaks it/,
    );
    expect(config?.listen[0]?.tls).toEqual({
      certificates: [],
      minVersion: "1.2",
      clients: undefined,
      acme: {
        directory: "https://acme.test/dir",
        domains: ["shop.example.com", "a.example.com"],
        email: "ops@example.com",
        challenge: "http-01",
        ca: other.cert,
      },
    });
    expect(result.paths).toContain(join(folder, "ca.crt"));
  });

  test("is ordered by an account of the authority's customer, whose key is in the environment or in a file", async () => {
    const key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    const eab = (written: string) =>
      listen(
        `{ ${GOOD}, domains: [a.test], challenge: tls-alpn-01, eab: { keyId: kid-1, key: "${written}" } }`,
      );
    const inFile = await loaded({ "fig.yaml": eab("eab.key"), "eab.key": `${key}\n` });
    const folder = folderOf({ "fig.yaml": eab(`\${EAB_KEY}`) });
    const inEnvironment = await loadConfig(join(folder, "fig.yaml"), { EAB_KEY: key }, {});
    const expected = { keyId: "kid-1", key };
    expect(inFile.config?.listen[0]?.tls?.acme?.eab).toEqual(expected);
    expect(inFile.result.paths).toContain(join(inFile.folder, "eab.key"));
    expect(inEnvironment.ok && inEnvironment.config.listen[0]?.tls?.acme?.eab).toEqual(expected);
  });

  test("a binding's key that is wrong is in no message", async () => {
    const secret = "a/short/secret=";
    for (const files of [{}, { a: secret }] as readonly Files[]) {
      const key = Object.keys(files)[0] ?? secret;
      const said = await complaints({
        "fig.yaml": listen(`{ ${GOOD}, domains: [a.test], eab: { keyId: kid-1, key: "${key}" } }`),
        ...files,
      });
      expect(said).toContain("listen.tls.acme.eab.key: ");
      expect(said).not.toContain(secret);
    }
  });

  test("is no reason to warn where plain HTTP is spoken, or not asked for", async () => {
    const one = `{ address: "127.0.0.1:0", tls: { acme: { ${GOOD}, domains: [a.test], challenge`;
    const plain = await loaded({ "fig.yaml": `listen: ["127.0.0.1:0", ${one}: http-01 } } }]\n` });
    const alpn = await loaded({ "fig.yaml": `listen: [${one}: tls-alpn-01 } } }]\n` });
    expect([plain.said, alpn.said]).toEqual(["", ""]);
  });

  test.each([
    [
      `{ ${GOOD}, domains: ["*.example.com"] }`,
      'listen.tls.acme.domains[0]: "*.example.com" is no name that a certificate can be ordered for — write a DNS name such as shop.example.com; names with * need dns-01, which fig does not speak',
    ],
    [
      `{ ${GOOD}, domains: [192.0.2.1] }`,
      'listen.tls.acme.domains[0]: "192.0.2.1" is no name that a certificate can be ordered for',
    ],
    [
      "{ directory: http://acme.test/dir, termsAgreed: true, domains: [a.test] }",
      "listen.tls.acme.directory: the value is no https URL of a directory — write the https URL",
    ],
    [
      "{ directory: https://acme.test/dir, termsAgreed: false, domains: [a.test] }",
      "listen.tls.acme.termsAgreed: nothing is ordered from who has not agreed — read the authority's terms, and write true",
    ],
    ["{ directory: https://acme.test/dir, domains: [a.test] }", "listen.tls.acme.termsAgreed: is missing"],
    [`{ ${GOOD}, domains: [] }`, "listen.tls.acme.domains: must not be empty"],
    [`{ ${GOOD}, domains: [a.test], email: "a b" }`, 'listen.tls.acme.email: "a b" is no e-mail address'],
    [`{ ${GOOD}, domains: [a.test], challenge: dns-01 }`, "listen.tls.acme.challenge:"],
    [`{ ${GOOD}, domains: [a.test], ca: a.crt }`, "listen.tls.acme.ca: a.crt does not exist"],
    [
      `{ ${GOOD}, domains: [a.test], eab: { keyId: "a b", key: k.txt } }`,
      "eab.keyId: the value is no key id",
    ],
    [
      `{ ${GOOD}, domains: [a.test], eab: { keyId: "a", key: k.txt } }`,
      "eab.key: the value, which is no key, does not exist",
    ],
    [
      `{ ${GOOD}, domains: [a.test] }, cert: a.crt, key: a.key`,
      "listen.tls: there are certificates beside acme — write acme, or the certificates",
    ],
  ])("%s does not pass", async (acme, why) => {
    expect(await complaints({ "fig.yaml": listen(acme) })).toContain(why);
  });
});
