import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, sign } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../e2e/until.ts";
import { freePort } from "./free-port.ts";

const installed = createRequire(new URL("../counterparts/package.json", import.meta.url));
export const PASSWORD = "Correct-1-horse";

async function bodyOf(message: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/**
 * cognito-local with a pool, a public client and the user ada@shop.test. In front of it stands what it lacks beside Amazon Cognito: metadata
 * with its own address, the `nonce` in ID tokens (they are signed anew with its one key, which is public), and `/logout`.
 */
export class CognitoLogin {
  pool = "";
  client = "";
  url = "";
  private readonly folder = mkdtempSync(join(tmpdir(), "fig-cognito-"));
  private readonly inner: string;
  private readonly child: ChildProcess;
  private readonly front: Server;
  /** Of the logins under way, by state; then by code. */
  private readonly nonces = new Map<string, string>();

  private constructor(port: number, url: string, front: Server) {
    this.inner = `http://127.0.0.1:${port}`;
    this.url = url;
    this.front = front;
    mkdirSync(join(this.folder, ".cognito"));
    writeFileSync(
      join(this.folder, ".cognito", "config.json"),
      JSON.stringify({ TokenConfig: { IssuerDomain: url } }),
    );
    this.child = spawn(process.execPath, [installed.resolve("cognito-local/lib/bin/start.js")], {
      cwd: this.folder,
      env: { ...process.env, HOST: "127.0.0.1", PORT: String(port), CI: "true" },
      stdio: "ignore",
    });
  }

  static async start(callback: string): Promise<CognitoLogin> {
    let made: CognitoLogin | undefined;
    const front = createServer((request, response) => {
      made?.answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    const url = `http://localhost:${(front.address() as AddressInfo).port}`;
    const cognito = new CognitoLogin(await freePort(), url, front);
    made = cognito;
    await until(
      () =>
        fetch(`${cognito.inner}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (ok) => ok,
      120_000,
    );
    const { UserPool } = await cognito.ask<{ UserPool: { Id: string } }>("CreateUserPool", {
      PoolName: "shop",
    });
    cognito.pool = UserPool.Id;
    const { UserPoolClient } = await cognito.ask<{ UserPoolClient: { ClientId: string } }>(
      "CreateUserPoolClient",
      {
        UserPoolId: cognito.pool,
        ClientName: "web",
        CallbackURLs: [callback],
      },
    );
    cognito.client = UserPoolClient.ClientId;
    const user = { UserPoolId: cognito.pool, Username: "ada@shop.test" };
    await cognito.ask("AdminCreateUser", {
      ...user,
      UserAttributes: [{ Name: "email", Value: "ada@shop.test" }],
      MessageAction: "SUPPRESS",
    });
    await cognito.ask("AdminSetUserPassword", { ...user, Password: PASSWORD, Permanent: true });
    await cognito.ask("CreateGroup", { UserPoolId: cognito.pool, GroupName: "admins" });
    await cognito.ask("AdminAddUserToGroup", { ...user, GroupName: "admins" });
    return cognito;
  }

  async stop(): Promise<void> {
    this.front.close();
    this.front.closeAllConnections();
    const ended = once(this.child, "exit");
    if (this.child.exitCode === null && this.child.kill("SIGTERM")) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const body = await bodyOf(request);
    if (url.pathname.endsWith("/openid-configuration")) {
      const issuer = `${this.url}/${this.pool}`;
      const metadata = {
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        authorization_endpoint: `${this.url}/oauth2/authorize`,
        token_endpoint: `${this.url}/oauth2/token`,
        id_token_signing_alg_values_supported: ["RS256"],
      };
      response.setHeader("content-type", "application/json").end(JSON.stringify(metadata));
      return;
    }
    if (url.pathname === "/logout") {
      response.end(`out to ${url.searchParams.get("logout_uri")} of ${url.searchParams.get("client_id")}`);
      return;
    }
    const { nonce, state } = Object.fromEntries(url.searchParams);
    if (nonce !== undefined && state !== undefined) this.nonces.set(state, nonce);
    const inner = await fetch(`${this.inner}${request.url}`, {
      method: request.method ?? "GET",
      headers: { "content-type": request.headers["content-type"] ?? "text/plain" },
      redirect: "manual",
      ...(body === "" ? {} : { body }),
    });
    const location = inner.headers.get("location");
    if (location !== null) {
      const back = new URL(location).searchParams;
      this.nonces.set(back.get("code") ?? "", this.nonces.get(back.get("state") ?? "") ?? "");
      response.setHeader("location", location);
    }
    const text = await inner.text();
    const code = url.pathname === "/oauth2/token" ? new URLSearchParams(body).get("code") : null;
    const given = code === null ? text : this.withNonce(text, this.nonces.get(code) ?? "");
    response.writeHead(inner.status, { "content-type": inner.headers.get("content-type") ?? "text/html" });
    response.end(given);
  }

  private withNonce(text: string, nonce: string): string {
    const answer = JSON.parse(text) as { id_token?: string };
    if (answer.id_token === undefined) return text;
    const [head = "", payload = ""] = answer.id_token.split(".");
    const claims = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), nonce };
    const signed = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    const key = createPrivateKey({
      key: (installed("cognito-local/lib/keys/cognitoLocal.private.json") as { jwk: Record<string, string> })
        .jwk,
      format: "jwk",
    });
    return JSON.stringify({
      ...answer,
      id_token: `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`,
    });
  }

  private async ask<Answer = unknown>(action: string, body: object): Promise<Answer> {
    const answer = await fetch(this.inner, {
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
