import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { until } from "../e2e/until.ts";
import { freePort } from "./free-port.ts";

/** The package of its own that real identity providers are in. */
const installed = createRequire(new URL("../counterparts/package.json", import.meta.url));

async function imported<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(installed.resolve(name)).href)) as Module;
}

interface MockKey {
  readonly kid: string;
}

/** What the tests use of oauth2-mock-server. */
interface MockServer {
  readonly issuer: {
    url: string | undefined;
    readonly keys: {
      generate(algorithm: string, options?: { readonly kid?: string }): Promise<MockKey>;
      add(key: object): Promise<MockKey>;
    };
    buildToken(options?: {
      readonly kid?: string;
      readonly expiresIn?: number;
      readonly scopesOrTransform?: (
        header: Record<string, unknown>,
        payload: Record<string, unknown>,
      ) => void;
    }): Promise<string>;
  };
  start(port: number, host: string): Promise<void>;
  stop(): Promise<void>;
}

export async function mockServer(port = 0): Promise<MockServer> {
  const { OAuth2Server } = await imported<{ OAuth2Server: new () => MockServer }>("oauth2-mock-server");
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256", { kid: "first" });
  await server.start(port, "127.0.0.1");
  return server;
}

interface Provided {
  readonly url: string;
  /** An access token of this scope. */
  token(scope: string): Promise<string>;
  close(): void;
}

/** oidc-provider, with access tokens that are JWTs of this audience, for the client `shop` with the secret `shop-secret`. */
export async function oidcProvider(algorithm: "RS256" | "PS256" | "ES256", jwks: object): Promise<Provided> {
  const { default: Provider } = await imported<{
    default: new (issuer: string, settings: object) => { callback(): Parameters<typeof createServer>[1] };
  }>("oidc-provider");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const provider = new Provider(url, {
    jwks,
    clients: [
      {
        client_id: "shop",
        client_secret: "shop-secret",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ["orders.read"],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: "orders.read orders.write",
          audience: "https://shop.test",
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
  });
  const server = createServer(provider.callback());
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const token = async (scope: string): Promise<string> => {
    const answer = await fetch(`${url}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from("shop:shop-secret").toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", resource: "https://shop.test", scope }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  return { url, token, close: () => void server.close() };
}

/** cognito-local with one pool, one client and one user. */
export class CognitoLocal {
  readonly url: string;
  pool = "";
  client = "";
  private readonly folder = mkdtempSync(join(tmpdir(), "fig-cognito-"));
  private readonly child: ChildProcess;
  private said = "";

  private constructor(port: number) {
    this.url = `http://localhost:${port}`;
    mkdirSync(join(this.folder, ".cognito"));
    // What it says of itself is another address otherwise, whatever its port.
    const config = { TokenConfig: { IssuerDomain: this.url } };
    writeFileSync(join(this.folder, ".cognito", "config.json"), JSON.stringify(config));
    this.child = spawn(process.execPath, [installed.resolve("cognito-local/lib/bin/start.js")], {
      cwd: this.folder,
      env: { ...process.env, HOST: "127.0.0.1", PORT: String(port), CI: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
      });
  }

  static async start(): Promise<CognitoLocal> {
    const cognito = new CognitoLocal(await freePort());
    await until(
      () => cognito.said,
      (said) => said.includes("running"),
      120_000,
    );
    const { UserPool } = await cognito.ask<{ UserPool: { Id: string } }>("CreateUserPool", {
      PoolName: "shop",
    });
    cognito.pool = UserPool.Id;
    cognito.client = await cognito.newClient();
    const user = { UserPoolId: cognito.pool, Username: "ada@shop.test" };
    await cognito.ask("AdminCreateUser", {
      ...user,
      UserAttributes: [{ Name: "email", Value: "ada@shop.test" }],
      MessageAction: "SUPPRESS",
    });
    await cognito.ask("AdminSetUserPassword", { ...user, Password: "Correct-1-horse", Permanent: true });
    await cognito.ask("CreateGroup", { UserPoolId: cognito.pool, GroupName: "admins" });
    await cognito.ask("AdminAddUserToGroup", { ...user, GroupName: "admins" });
    return cognito;
  }

  async newClient(): Promise<string> {
    const { UserPoolClient } = await this.ask<{ UserPoolClient: { ClientId: string } }>(
      "CreateUserPoolClient",
      {
        UserPoolId: this.pool,
        ClientName: "web",
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      },
    );
    return UserPoolClient.ClientId;
  }

  async tokens(client = this.client): Promise<{ readonly AccessToken: string; readonly IdToken: string }> {
    const { AuthenticationResult } = await this.ask<{
      AuthenticationResult: { AccessToken: string; IdToken: string };
    }>("InitiateAuth", {
      ClientId: client,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ada@shop.test", PASSWORD: "Correct-1-horse" },
    });
    return AuthenticationResult;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    if (this.child.exitCode === null && this.child.kill("SIGTERM")) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async ask<Answer = unknown>(action: string, body: object): Promise<Answer> {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${action}`,
        authorization: "AWS4-HMAC-SHA256 Credential=local",
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}`);
    return JSON.parse(text === "" ? "{}" : text) as Answer;
  }
}
