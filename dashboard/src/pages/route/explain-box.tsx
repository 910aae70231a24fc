import { useState } from "preact/hooks";
import { Card } from "../../parts/card.tsx";
import { Icon } from "../../parts/icon.tsx";
import { ApiError, post } from "../../state/api.ts";
import { useCell } from "../../state/cell.ts";
import { href } from "../../state/place.ts";
import { session } from "../../state/session.ts";
import type { Definition, Explanation } from "../../state/wire.ts";

/** `Name: value` a line; what has no colon is left out. */
function headersOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\n").flatMap((line) => {
    const at = line.indexOf(":");
    return at <= 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(lines);
}

/** A path that the template takes: captures become the number 1. */
function examplePath({ match }: Definition): string {
  return match.path.replaceAll(/\{[^}]*\}/g, "1");
}

/** What would become of one request: the decision that the front door makes, without sending anything. */
export function ExplainBox({ definition }: { readonly definition: Definition }) {
  const mayAsk = useCell(session)?.readOnly === false;
  const [answer, setAnswer] = useState<Explanation>();
  const [error, setError] = useState<ApiError>();
  const ask = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    const ip = text("ip");
    const body = {
      method: text("method") || "GET",
      url: text("url"),
      headers: headersOf(text("headers")),
      ...(ip === "" ? {} : { ip }),
    };
    try {
      setAnswer(await post<Explanation>("/explain", body));
      setError(undefined);
    } catch (failure) {
      setAnswer(undefined);
      setError(failure instanceof ApiError ? failure : new ApiError(0, "page_error", String(failure)));
    }
  };
  return (
    <Card
      title="Explain a request"
      id="explain"
      aside={<span class="note">nothing is sent to an upstream</span>}
    >
      {mayAsk ? (
        <form class="explain" onSubmit={ask}>
          <label class="explain-method">
            Method
            <input name="method" defaultValue={definition.match.methods?.[0] ?? "GET"} maxLength={64} />
          </label>
          <label class="explain-url">
            Path or URL
            <input name="url" required defaultValue={examplePath(definition)} maxLength={16_384} />
          </label>
          <label class="explain-headers">
            Headers <span class="quiet">· one a line, such as cookie: device=7</span>
            <textarea name="headers" rows={2} />
          </label>
          <label class="explain-ip">
            Client's address
            <input name="ip" placeholder="127.0.0.1" maxLength={64} />
          </label>
          <button type="submit" class="button">
            Explain
          </button>
        </form>
      ) : (
        <p class="note">
          <a href={href(["login"])}>Log in</a> to ask: an explanation says how clients are told apart.
        </p>
      )}
      <div aria-live="polite">
        {error && (
          <div class="alert alert-error">
            <Icon name="error" />
            <div>
              {error.message} {error.remedy}
            </div>
          </div>
        )}
        {answer && <Answer answer={answer} asked={definition.id} />}
      </div>
    </Card>
  );
}

function Answer({ answer, asked }: { readonly answer: Explanation; readonly asked: string }) {
  const { route, side, upstream, target, refusal, why, shadow } = answer;
  return (
    <div class="explained">
      <p>
        {refusal === null ? (
          <>
            <b>
              <span class={`swatch swatch-${side}`} aria-hidden="true" /> {side}
            </b>{" "}
            answers it: <code>{upstream}</code> gets <code>{target}</code>
          </>
        ) : (
          <b>
            The front door answers {refusal.status}: {refusal.message}
          </b>
        )}
      </p>
      {route !== null && route !== asked && (
        <p class="alert alert-warning">
          <Icon name="warning" />
          <span>
            Another route takes it: <a href={href(["routes", route])}>{route}</a>
          </span>
        </p>
      )}
      <ol class="why">
        {why.map((step) => (
          <li key={step}>{step}</li>
        ))}
        <li>shadow: {shadow}</li>
      </ol>
    </div>
  );
}
