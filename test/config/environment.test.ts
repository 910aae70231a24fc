import { describe, expect, test } from "vitest";
import { complaints, configOf } from "./folder.ts";

describe("the environment", () => {
  test("fills in texts, numbers, flags, parts of values, and falls back when missing or empty", async () => {
    const { adminToken, limits, debugHeaders, listen, upstreams, defaultUpstream } = await configOf(
      {
        "fig.yaml": `
adminToken: \${TOKEN}
debugHeaders: \${DEBUG}
limits: { connections: "\${CONNECTIONS}", body: "\${BODY:-0}" }
listen: 127.0.0.1:\${PORT:-8081}
default: \${DEFAULT:-a}
upstreams: { a: "http://\${HOST:-127.0.0.1}:1" }
`,
      },
      { TOKEN: "1234567890123456", DEBUG: "true", CONNECTIONS: "10", HOST: "", DEFAULT: "" },
    );
    expect({ adminToken, debugHeaders, listen, defaultUpstream }).toEqual({
      adminToken: "1234567890123456",
      debugHeaders: true,
      listen: [{ host: "127.0.0.1", port: 8081, tls: undefined, proxyProtocol: false, http2: true }],
      defaultUpstream: "a",
    });
    expect(limits).toMatchObject({ connections: 10, bodyBytes: 0 });
    expect(upstreams.get("a")).toMatchObject({ urls: ["http://127.0.0.1:1"] });
  });

  test(`an empty token is no token, and $\${ is a literal \${`, async () => {
    expect((await configOf({ "fig.yaml": `adminToken: \${T:-}\n` })).adminToken).toBeUndefined();
    expect((await configOf({ "fig.yaml": `adminToken: $\${T}-of-sixteen-chars\n` })).adminToken).toBe(
      `\${T}-of-sixteen-chars`,
    );
    expect(
      (await configOf({ "fig.yaml": `adminToken: a$$b\${T:-}\n` }, { T: "x-of-sixteen-chars" })).adminToken,
    ).toBe("a$$bx-of-sixteen-chars");
  });

  test("reaches into values of JSON", async () => {
    const { routes, upstreams } = await configOf(
      {
        "fig.yaml": `upstreams:
  a: http://127.0.0.1:1
  q: { sqs: { queue: "https://sqs.eu-west-1.amazonaws.com/1/q", json: { at: ["\${ZONE}"], id: $request.body.id } } }
`,
        "routes/a.yaml": `routes:
  - { id: a, match: { path: / }, legacy: a, modern: a, policies: { respond: { json: { at: ["\${ZONE}", 1] } } } }
`,
      },
      { ZONE: "eu" },
    );
    expect(JSON.stringify(routes)).toContain(JSON.stringify('{"at":["eu",1]}'));
    expect(upstreams.get("q")).toMatchObject({
      messages: { content: { json: '{"at":["eu"],"id":"$request.body.id"}' } },
    });
  });

  test("names that objects already have are no variables", async () => {
    expect(await complaints({ "fig.yaml": `adminToken: \${constructor}\n` })).toContain(
      "the environment variable constructor is not set",
    );
  });

  test("no message shows what a variable held, wherever it went", async () => {
    const secret = "hunter2-hunter2";
    const said = await complaints(
      {
        "fig.yaml": `adminToken: "\${S} \${S}"\nstate: "redis://:\${S}@h"\nlisten: "\${S}"\ndefault: \${S}\nroutes: "\${S}"\nlimits: { body: "\${S}" }\nupstreams: { a: "http://\${S}", b: "http://x:\${S}@h", c: "\${S}" }\naccessLog: "\${S}"\n`,
        "migrations/0001-x.yaml": `changes: { one: "\${S}" }\ngate: { minDuration: "\${S}" }\n`,
      },
      { S: secret },
    );
    expect(said.split("\n").length).toBeGreaterThan(8);
    expect(said).not.toContain(secret);
    expect(said).toContain(`limits.body: \${S} is not a size`);
  });
});
