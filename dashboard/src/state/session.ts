import { get, post, remove, unauthorized } from "./api.ts";
import { cell } from "./cell.ts";
import { connect, connection } from "./live.ts";
import { announce } from "./notice.ts";
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

async function readSession(): Promise<void> {
  const before = session.get();
  const { body } = await get<Session>("/session");
  // A login or logout meanwhile is newer.
  if (session.get() !== before) return;
  if (before === undefined) return session.set(body);
  if (before.readOnly === body.readOnly && before.by === body.by) return;
  become(body);
  if (body.readOnly) announce("Your session has ended. The page is read-only until you log in.");
}

/** Sessions end with their time and with the front door: asked when it refuses, and when it is there again. */
export function followSession(): () => void {
  // If it cannot be read now, it is read once the stream of events is there.
  const read = () => void readSession().catch(() => undefined);
  read();
  const stops = [
    unauthorized.subscribe(read),
    connection.subscribe(() => {
      if (connection.get().state === "live") read();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
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
