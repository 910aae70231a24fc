import type { ComponentChildren } from "preact";
import { sum } from "../../figures.ts";
import { url } from "../../state/api.ts";
import { now } from "../../state/clock.ts";
import { type Resource, useResource } from "../../state/resource.ts";
import type { Overview, Series, Side, SideStatus } from "../../state/wire.ts";
import {
  countOf,
  countText,
  intervalText,
  minuteText,
  msText,
  NONE,
  percentText,
  ratio,
  shortCount,
} from "../../words.ts";
import { PhaseSegments } from "./phase-segments.tsx";
import { begunText } from "./progress.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** All routes together, of the last day in whole hours; asked for with the overview, not after it. */
export function useDay(): Resource<Series> {
  // The address stays the same for a minute, so that its kept answer is found again.
  const to = Math.ceil(now() / MINUTE_MS) * MINUTE_MS;
  return useResource<Series>(url("/series", { from: to - DAY_MS, to, step: "hour" }), {
    on: ["rollup", "shift"],
    pauseMs: 5_000,
  });
}

interface TilesProps {
  readonly overview: Overview;
  readonly day: Resource<Series>;
}

/** The four answers: how far the migration is, how much traffic, whether answers agree, and what it costs. */
export function Tiles({ overview, day }: TilesProps) {
  const missing = day.error === undefined ? "reading …" : "not known: the store does not answer";
  return (
    <section class="tiles" aria-label="Where the migration stands">
      <RequestsTile overview={overview} />
      <RoutesTile overview={overview} />
      <AnswersTile day={day.data} missing={missing} />
      <CostTile day={day.data} missing={missing} />
    </section>
  );
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly says: string;
  readonly children?: ComponentChildren;
}

function Tile({ label, value, says, children }: TileProps) {
  return (
    <div class="tile">
      <h2>{label}</h2>
      <p class="figure">
        <b>{value}</b> <span>{says}</span>
      </p>
      {children}
    </div>
  );
}

function RequestsTile({ overview }: { readonly overview: Overview }) {
  const { now: recent, total } = overview;
  const share = recent.share ?? total.share;
  const away = overview.unknown !== undefined;
  const begun = away && overview.since === null ? "" : begunText(overview);
  const whole =
    total.share === null
      ? overview.unknown
        ? "requests are not known"
        : "no requests yet,"
      : `${percentText(total.share)} of ${shortCount(total.legacy + total.modern)}`;
  return (
    <Tile
      label="How far"
      value={percentText(share)}
      says={
        recent.share === null
          ? "of requests answered by modern"
          : "of requests answered by modern, last 5 minutes"
      }
    >
      <span class="position position-wide" aria-hidden="true">
        <span class="position-bar">
          <span class="fill-modern" style={{ width: `${share ?? 0}%` }} />
          <span class="fill-legacy" style={{ width: `${share === null ? 0 : 100 - share}%` }} />
        </span>
      </span>
      <p class="note">
        {whole} {begun}
      </p>
    </Tile>
  );
}

function RoutesTile({ overview: { routes } }: { readonly overview: Overview }) {
  const { phases, total } = routes;
  const done = phases.cutover + phases.retired;
  return (
    <Tile label="Routes" value={`${countText(done)} of ${countText(total)}`} says="served by modern alone">
      <PhaseSegments phases={phases} total={total} />
      <p class="note">
        {[
          `${countText(phases.splitting)} splitting`,
          `${countText(phases.shadowing)} shadowing`,
          `${countText(phases.legacy)} not begun`,
        ].join(" · ")}
      </p>
    </Tile>
  );
}

interface DayProps {
  readonly day: Series | undefined;
  /** Why there is none. */
  readonly missing: string;
}

function AnswersTile({ day, missing }: DayProps) {
  if (day === undefined) return <Tile label="Do answers agree" value={NONE} says={missing} />;
  const { match, mismatch, inconclusive, mismatchRate } = day.overall;
  const compared = match + mismatch;
  if (compared === 0 || mismatchRate.value === null) {
    return (
      <Tile label="Do answers agree" value={NONE} says={`nothing was compared since ${minuteText(day.from)}`}>
        <p class="note">Shadow a route to compare its answers.</p>
      </Tile>
    );
  }
  const { value, low, high } = mismatchRate;
  const missed = Object.values(day.notCompared).reduce((total, each) => total + sum(each), 0);
  return (
    <Tile
      label="Do answers agree"
      value={percentText(100 - value)}
      says={`of compared answers are equal, since ${minuteText(day.from)}`}
    >
      <span class="position position-wide" aria-hidden="true">
        <span class="position-bar">
          <span class="fill-good" style={{ width: `${100 - value}%` }} />
          <span class="fill-bad" style={{ width: `${value}%` }} />
        </span>
      </span>
      <p class="note">
        {intervalText(100 - (high ?? 100), 100 - (low ?? 0))} with 95 % confidence · {shortCount(compared)}{" "}
        compared, {shortCount(Math.max(missed, inconclusive))} not
      </p>
    </Tile>
  );
}

function CostTile({ day, missing }: DayProps) {
  if (day === undefined) return <Tile label="What it costs" value={NONE} says={missing} />;
  const { legacy, modern, shadow } = day.overall;
  const copies = shadow.legacy.requests + shadow.modern.requests;
  const extra = ratio(copies, legacy.requests + modern.requests);
  return (
    <Tile
      label="What it costs"
      value={extra === undefined ? NONE : `+${percentText(extra * 100)}`}
      says={`requests to the upstreams, as shadows, since ${minuteText(day.from)}`}
    >
      <dl class="pair">
        <SideCost name="legacy" side={legacy} />
        <SideCost name="modern" side={modern} />
      </dl>
      <p class="note">{countOf(copies, "copy", "copies")}; no client waits for one</p>
    </Tile>
  );
}

function SideCost({ name, side }: { readonly name: Side; readonly side: SideStatus }) {
  const share = ratio(side.errors, side.requests);
  return (
    <div>
      <dt>
        <span class={`swatch swatch-${name}`} aria-hidden="true" /> {name}
      </dt>
      <dd>
        p95 {msText(side.p95)}{" "}
        <span class="note">{percentText(share === undefined ? undefined : share * 100)} errors</span>
      </dd>
    </div>
  );
}
