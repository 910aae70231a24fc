import { useState } from "preact/hooks";
import { useCell } from "../state/cell.ts";
import { announce } from "../state/notice.ts";
import { href } from "../state/place.ts";
import { author, logIn, session } from "../state/session.ts";

export function LoginPage() {
  const known = useCell(session);
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(undefined);
    try {
      await logIn(String(fields.get("token")), String(fields.get("by")).trim());
      announce("Logged in.");
      location.hash = href([]);
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(false);
    }
  };
  if (known !== undefined && !known.readOnly) {
    return (
      <div class="narrow">
        <h1>{known.loginNeeded ? "You are logged in" : "No login is needed"}</h1>
        <p class="lead">
          {known.loginNeeded
            ? "This browser may act until you log out."
            : "This front door has no adminToken: anyone who reaches its admin address on this machine may act."}{" "}
          <a href={href([])}>To the overview</a>
        </p>
      </div>
    );
  }
  return (
    <div class="narrow">
      <h1>Log in</h1>
      <p class="lead">
        You can read without a login. You need one to shift, to roll back, for the steps, and to see samples.
        The token is the <code>adminToken</code> of fig.yaml. It is sent once and this page keeps it nowhere.
        The browser keeps a cookie instead, for at most twelve hours: a random value that stands for this
        login, that no script can read, and that ends when you log out.
      </p>
      <form class="card form" onSubmit={submit}>
        <label>
          Your name <span class="quiet">recorded in the ledger with your actions</span>
          <input name="by" required maxLength={200} autocomplete="username" defaultValue={author()} />
        </label>
        <label>
          Admin token
          <input name="token" type="password" required autocomplete="current-password" />
        </label>
        {error && (
          <div class="alert alert-error" role="alert">
            {error.message}
          </div>
        )}
        <button class="button primary" type="submit" disabled={busy}>
          Log in
        </button>
      </form>
    </div>
  );
}
