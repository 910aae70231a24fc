import { Card } from "../../parts/card.tsx";
import { href } from "../../state/place.ts";
import type { Definition } from "../../state/wire.ts";
import { numberText } from "../../words.ts";

function requestText({ match }: Definition): string {
  const { host, headers, query } = match;
  const also = [
    ...(host === null ? [] : [`host ${host}`]),
    ...headers.map((name) => `header ${name}`),
    ...query.map((name) => `parameter ${name}`),
  ];
  return also.length === 0 ? "" : `only with ${also.join(", ")}`;
}

function writesText({ shadow }: Definition): string {
  const { safe, operations, writes } = shadow;
  if (safe) return "every method reads (safe)";
  return operations.length === 0 ? writes : `${writes}; safe: ${operations.join(", ")}`;
}

function gateText({ gate }: Definition): string {
  if (gate === null) return "none waits for it";
  const { maxMismatchRate, maxErrorRateIncrease, maxLatencyRatio, step } = gate;
  const limits = [
    ...(maxMismatchRate === null ? [] : [`mismatches under ${numberText(maxMismatchRate, 2)} %`]),
    ...(maxErrorRateIncrease === null
      ? []
      : [`errors at most ${numberText(maxErrorRateIncrease, 2)} points over legacy`]),
    ...(["p50", "p95", "p99"] as const).flatMap((name) => {
      const ratio = maxLatencyRatio[name];
      return ratio === null ? [] : [`${name} at most ${numberText(ratio, 2)} × legacy`];
    }),
  ];
  const whose = step === null ? "of fig.yaml" : `of step ${step}`;
  return limits.length === 0 ? whose : `${whose}: ${limits.join(", ")}`;
}

/** What the files say: where requests come from, where they go, and what decides. */
export function RouteDefinition({ definition }: { readonly definition: Definition }) {
  const { match, legacy, modern, sticky, file, line } = definition;
  const side = (of: Definition["modern"]) => (
    <>
      <code>{of.upstream}</code>
      {of.path !== null && (
        <>
          {" "}
          as <code>{of.path}</code>
        </>
      )}
    </>
  );
  return (
    <Card
      title="What it is"
      id="definition"
      aside={
        <span class="note">
          {file.split("/").slice(-2).join("/")}:{line}
        </span>
      }
    >
      <dl class="facts">
        <dt>Requests</dt>
        <dd>
          <b>{match.methods === null ? "every method" : match.methods.join(", ")}</b>{" "}
          <code>{match.path}</code> <span class="quiet">{requestText(definition)}</span>
        </dd>
        <dt>
          <span class="swatch swatch-legacy" aria-hidden="true" /> legacy
        </dt>
        <dd>{legacy === null ? <span class="quiet">retired</span> : side(legacy)}</dd>
        <dt>
          <span class="swatch swatch-modern" aria-hidden="true" /> modern
        </dt>
        <dd>{side(modern)}</dd>
        <dt>Sticky key</dt>
        <dd>{sticky.length === 0 ? <span class="quiet">none</span> : sticky.join(", else ")}</dd>
        <dt>Writes shadowed</dt>
        <dd>{writesText(definition)}</dd>
        <dt>Next gate</dt>
        <dd>
          {gateText(definition)}{" "}
          {definition.gate !== null && definition.gate.step !== null && (
            <a href={href(["migrations"])}>The steps</a>
          )}
        </dd>
      </dl>
    </Card>
  );
}
