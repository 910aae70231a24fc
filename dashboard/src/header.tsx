import { Icon } from "./parts/icon.tsx";
import { useCell } from "./state/cell.ts";
import { connection } from "./state/live.ts";
import { announce } from "./state/notice.ts";
import { href, type Place } from "./state/place.ts";
import { logOut, session } from "./state/session.ts";
import { theme, toggleTheme } from "./state/theme.ts";
import { timeText } from "./words.ts";

const PAGES = [
  ["", "Overview"],
  ["differences", "Differences"],
  ["migrations", "Migrations"],
  ["policies", "Policies"],
  ["history", "History"],
  ["keys", "Keys"],
] as const;

export function Header({ place }: { readonly place: Place }) {
  const here = place.path[0] ?? "";
  return (
    <header class="top">
      <div class="top-in">
        <a class="brand" href={href([])} aria-label="fig, go to the overview">
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <path class="ink-modern" d="M16 3c-1 4-9 8-9 17a9 9 0 0 0 9 9z" />
            <path class="ink-legacy" d="M16 3c1 4 9 8 9 17a9 9 0 0 1-9 9z" />
          </svg>
          <span>fig</span>
        </a>
        <EnvironmentName />
        <nav aria-label="Pages">
          {PAGES.map(([path, name]) => {
            const current = here === path || (path === "" && here === "routes");
            return (
              <a
                key={path}
                href={href(path === "" ? [] : [path])}
                aria-current={here === path ? "page" : undefined}
                class={current ? "current" : ""}
              >
                {name}
              </a>
            );
          })}
        </nav>
        <div class="top-right">
          <LiveMark />
          <ThemeButton />
          <SessionMark />
        </div>
      </div>
    </header>
  );
}

/** Which environment this is, said on every page. */
function EnvironmentName() {
  const name = useCell(session)?.name;
  if (!name) return null;
  return (
    <span class="environment" title="`name` of fig.yaml">
      {name}
    </span>
  );
}

function LiveMark() {
  const { state, since } = useCell(connection);
  const said = {
    live: { short: "Live", long: "Changes appear as they happen." },
    connecting: { short: "Connecting", long: "Waiting for the event stream." },
    lost: {
      short: "Not live",
      long: `The event stream stopped at ${timeText(since)}. The page asks every 10 seconds and tries to reconnect.`,
    },
  }[state];
  return (
    <span class={`live live-${state}`} role="status" title={said.long}>
      <span class="dot" aria-hidden="true" />
      {said.short}
      <span class="unseen">. {said.long}</span>
    </span>
  );
}

function ThemeButton() {
  const dark = useCell(theme) === "dark";
  return (
    <button type="button" class="icon-button" aria-pressed={dark} onClick={toggleTheme} title="Dark theme">
      <Icon name={dark ? "sun" : "moon"} />
      <span class="unseen">Dark theme</span>
    </button>
  );
}

function SessionMark() {
  const known = useCell(session);
  if (known === undefined || !known.loginNeeded) return null;
  if (known.readOnly) {
    return (
      <a class="button small" href={href(["login"])}>
        <Icon name="lock" /> Log in
      </a>
    );
  }
  const leave = () =>
    logOut().then(
      () => announce("Logged out. The page is read-only."),
      (error: Error) => announce(`Not logged out: ${error.message}`),
    );
  return (
    <button
      type="button"
      class="button small"
      onClick={leave}
      title={`Logged in as ${known.by ?? "unnamed"}`}
    >
      Log out
    </button>
  );
}
