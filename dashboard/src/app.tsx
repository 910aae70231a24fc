import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { openedAct } from "./act/act.ts";
import { ActDialog } from "./act/act-dialog.tsx";
import { Header } from "./header.tsx";
import { DifferencesPage } from "./pages/differences/differences-page.tsx";
import { HistoryPage } from "./pages/history/history-page.tsx";
import { KeysPage } from "./pages/keys/keys-page.tsx";
import { LoginPage } from "./pages/login-page.tsx";
import { MigrationsPage } from "./pages/migrations/migrations-page.tsx";
import { OverviewPage } from "./pages/overview/overview-page.tsx";
import type { PageProps } from "./pages/page.ts";
import { PoliciesPage } from "./pages/policies/policies-page.tsx";
import { RoutePage } from "./pages/route/route-page.tsx";
import { Empty } from "./parts/states.tsx";
import { useCell } from "./state/cell.ts";
import { now } from "./state/clock.ts";
import { onLive } from "./state/live.ts";
import { notice } from "./state/notice.ts";
import { href, type Place, place } from "./state/place.ts";
import { refreshAll } from "./state/resource.ts";
import { followSession, session } from "./state/session.ts";
import { zoneText } from "./words.ts";

interface Page {
  readonly title: (place: Place) => string;
  readonly show: ComponentType<PageProps>;
}

const PAGES: Readonly<Record<string, Page>> = {
  "": { title: () => "Overview", show: OverviewPage },
  routes: { title: ({ path }) => path[1] ?? "Route", show: RoutePage },
  differences: { title: () => "Differences", show: DifferencesPage },
  migrations: { title: () => "Migrations", show: MigrationsPage },
  policies: { title: () => "Policies", show: PoliciesPage },
  history: { title: () => "History", show: HistoryPage },
  keys: { title: () => "API keys", show: KeysPage },
  login: { title: () => "Log in", show: LoginPage },
};

function NotFound() {
  return (
    <Empty title="There is no such page">
      <a href={href([])}>The overview</a> leads everywhere.
    </Empty>
  );
}

const UNKNOWN: Page = { title: () => "Not found", show: NotFound };

export function App() {
  const here = useCell(place);
  const page = PAGES[here.path[0] ?? ""] ?? UNKNOWN;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const key = here.path.join("/");
  const title = page.title(here);
  const name = useCell(session)?.name;
  useEffect(() => {
    document.title = [title, ...(name ? [name] : []), "fig"].join(" · ");
  }, [title, name]);
  // A reader is led to the new page, as by a page load; not on the first one, which the browser does itself.
  useEffect(() => {
    if (!first.current) {
      openedAct.set(undefined);
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [key]);
  useEffect(followSession, []);
  useEffect(
    () =>
      onLive((type) => {
        if (type === "refresh") refreshAll();
      }),
    [],
  );
  const Show = page.show;
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <Header place={here} />
      <main id="main" ref={main} tabIndex={-1} aria-label={title}>
        <Show key={key} place={here} />
      </main>
      <footer class="foot note">Times are in {zoneText(now())}.</footer>
      <Notices />
      <ActDialog />
    </>
  );
}

function Notices() {
  const shown = useCell(notice);
  return (
    <div class="notices" role="status" aria-live="polite">
      {shown && (
        <p class="notice" key={shown.number}>
          {shown.text}
        </p>
      )}
    </div>
  );
}
