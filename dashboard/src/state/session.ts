import { get, post, remove } from "./api.ts";
import { cell } from "./cell.ts";
import { connect } from "./live.ts";
import { refreshAll } from "./resource.ts";
import type { Session } from "./wire.ts";

/** Undefined: not known yet. */
export const session = cell<Session | undefined>(undefined);

const BY = "fig.by";

/** The name that goes into the ledger: of the login, else what was typed last. */
export function author(): string {
  return session.get()?.by ?? localStorage.getItem(BY) ?? "";
}

export function rememberAuthor(by: string): void {
  localStorage.setItem(BY, by);
}

export async function readSession(): Promise<void> {
  session.set((await get<Session>("/session")).body);
}

/** What the server says to readers and to whoever logged in differs: everything is asked for again. */
function become(next: Session): void {
  session.set(next);
  connect();
  refreshAll();
}

export async function logIn(token: string, by: string): Promise<void> {
  become(await post<Session>("/session", { token, by }));
  rememberAuthor(by);
}

export async function logOut(): Promise<void> {
  become(await remove<Session>("/session"));
}
