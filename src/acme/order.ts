import { setTimeout as sleep } from "node:timers/promises";
import type { AcmeAnswer, AcmeSettings } from "../domain/acme.ts";
import { messageOf } from "../domain/errors.ts";
import { type AcmeLibrary, loadAcme, talking } from "./client.ts";

/** PEM texts. */
export interface OrderedPair {
  readonly cert: string;
  readonly key: string;
}

interface OrderParts {
  readonly settings: AcmeSettings;
  /** The account's private key, PEM. */
  readonly accountKey: string;
  /** The certificate that this one is to replace, by its id (renewal-info.ts). */
  readonly replaces: string | undefined;
  /** Called with all answers of the order; when it resolves, the authority may look for them. */
  readonly show: (answers: readonly AcmeAnswer[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/** An order that failed, and how long the authority asked to be left alone, ms. */
export class OrderFailed extends Error {
  readonly pauseMs: number;

  constructor(cause: unknown, pauseMs: number) {
    super(messageOf(cause), { cause });
    this.pauseMs = pauseMs;
  }
}

/** The library asks once what became of something; its pauses could not be ended. */
const ONCE = { backoffAttempts: 1 };
const FIRST_ASK_MS = 250;
const LAST_ASK_MS = 5000;

type Client = InstanceType<AcmeLibrary["Client"]>;
type Authorization = Awaited<ReturnType<Client["getAuthorizations"]>>[number];

interface Shown {
  readonly answer: AcmeAnswer;
  readonly challenge: Authorization["challenges"][number];
}

/** A new key for an account or a certificate: P-256, PEM. */
export async function newKey(): Promise<string> {
  return (await (await loadAcme()).crypto.createPrivateEcdsaKey()).toString();
}

/** Self-signed, for a name that has no certificate yet: no client trusts it, and its dates are over. */
export async function placeholderPair(name: string): Promise<OrderedPair> {
  const { crypto } = await loadAcme();
  return selfSigned(crypto, name, "");
}

async function selfSigned(
  crypto: AcmeLibrary["crypto"],
  name: string,
  keyAuthorization: string,
): Promise<OrderedPair> {
  const key = await crypto.createPrivateEcdsaKey();
  const named = { identifier: { type: "dns", value: name } } as Authorization;
  const [, cert] = await crypto.createAlpnCertificate(named, keyAuthorization, key);
  return { cert: cert.toString(), key: key.toString() };
}

/** Orders a certificate (RFC 8555 §7.4), and makes the account if it is not there. Rejects with OrderFailed. */
export function orderCertificate(parts: OrderParts): Promise<OrderedPair> {
  const { settings, signal } = parts;
  return talking(settings, signal, async (acme, talk) => {
    try {
      return await ordered(acme, parts);
    } catch (error) {
      throw new OrderFailed(error, talk.pauseMs);
    }
  });
}

async function ordered(
  acme: AcmeLibrary,
  { settings, accountKey, replaces, show, signal }: OrderParts,
): Promise<OrderedPair> {
  const { directory, domains, email, eab } = settings;
  const client = new acme.Client({
    ...{ directoryUrl: directory, accountKey, ...ONCE },
    ...(eab === undefined ? {} : { externalAccountBinding: { kid: eab.keyId, hmacKey: eab.key } }),
  });
  // Some authorities take a binding once: an account that is there is found without.
  if (eab !== undefined) await client.createAccount({ onlyReturnExisting: true }).catch(() => undefined);
  // The same key gets the same account.
  await client.createAccount({
    termsOfServiceAgreed: true,
    ...(email === undefined ? {} : { contact: [`mailto:${email}`] }),
  });
  const wanted = {
    identifiers: domains.map((value) => ({ type: "dns", value })),
    ...(replaces === undefined ? {} : { replaces }),
  };
  const order = await client.createOrder(wanted);
  const pending = (await client.getAuthorizations(order)).filter(({ status }) => status !== "valid");
  const shown = await Promise.all(pending.map((one) => shownFor(acme, client, one, settings)));
  if (shown.length > 0) await show(shown.map(({ answer }) => answer));
  await Promise.all(
    shown.map(async ({ challenge }) => {
      await client.completeChallenge(challenge);
      await settled(client, challenge, signal);
    }),
  );
  const [key, csr] = await acme.crypto.createCsr(
    { altNames: [...domains] },
    await acme.crypto.createPrivateEcdsaKey(),
  );
  const ready = await settled(client, order, signal);
  const finalized = await client.finalizeOrder({ ...ready, url: order.url }, csr);
  const issued = await settled(client, { ...finalized, url: order.url }, signal);
  return { cert: await client.getCertificate({ ...issued, url: order.url }), key: key.toString() };
}

/** Waits until it is valid, or an order ready; rejects with why it is invalid. */
async function settled<Item>(client: Client, item: Item, signal: AbortSignal): Promise<Item> {
  for (let pauseMs = FIRST_ASK_MS; ; pauseMs = Math.min(pauseMs * 1.5, LAST_ASK_MS)) {
    try {
      return await client.waitForValidStatus(item);
    } catch (error) {
      if (!/pending or processing/i.test(messageOf(error))) throw error;
    }
    await sleep(pauseMs, undefined, { signal });
  }
}

async function shownFor(
  { crypto }: AcmeLibrary,
  client: Client,
  authorization: Authorization,
  { challenge: type }: AcmeSettings,
): Promise<Shown> {
  const { value: domain } = authorization.identifier;
  const challenge = authorization.challenges.find((one) => one.type === type);
  if (challenge === undefined) throw new Error(`the authority does not offer ${type} for ${domain}`);
  const { token } = challenge;
  // It becomes a part of a path, and of what others are told.
  if (!/^[\w-]{1,256}$/.test(token)) throw new Error(`the authority's token for ${domain} is none`);
  const keyAuthorization = await client.getChallengeKeyAuthorization(challenge);
  if (type === "http-01") return { challenge, answer: { type, token, keyAuthorization } };
  return { challenge, answer: { type, domain, ...(await selfSigned(crypto, domain, keyAuthorization)) } };
}
