import { NORMALISATIONS, type Normalisation } from "./explained.ts";
import type { DifferentialResult } from "./run.ts";
import { WAY_NORMALISATIONS, WAYS, type WaysResult } from "./ways.ts";

/** Why the fast lane gives a connection away; reasons of src/lanes/fast/head.ts. */
const HANDOVERS: Readonly<Record<string, string>> = {
  large_head: "a head over 8 KiB",
  method: "a method other than the seven common ones",
  target: "a target that is not a path of RFC 3986 characters",
  version: "not HTTP/1.1",
  header: "a field line outside the narrow grammar, or an unusual Connection",
  framing: "a Content-Length or Transfer-Encoding that is not the only one, or not plain",
  host: "no Host, or several",
  expect: "Expect",
  upgrade: "Upgrade",
};

function rows(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `| ${name} | ${count} |`)
    .join("\n");
}

/** The section of docs/differential.md about TLS and HTTP/2. */
export function waysSection({ exchanges, forwarded, normalisations }: WaysResult): string {
  const names = Object.entries(WAY_NORMALISATIONS) as [keyof typeof WAY_NORMALISATIONS, string][];
  return `## TLS and HTTP/2

${exchanges} well-formed requests with their answers go by ${WAYS.length} ways (${WAYS.map(({ name }) => name).join("; ")}), ${forwarded} in all. What the
upstream gets and what the client gets must be what it is by the first way, in bytes and order. These are the only differences that are
removed first: what the protocols force. The table is \`WAY_NORMALISATIONS\` in \`test/conformance/differential/ways.ts\`.

| what | why | exchanges that needed it |
|---|---|---:|
${names.map(([name, reason]) => `| ${name} | ${reason} | ${normalisations[name]} |`).join("\n")}
`;
}

/** docs/differential.md. */
export function differentialPage(
  result: DifferentialResult,
  ways: WaysResult,
  about: { readonly date: string; readonly node: string },
): string {
  const reasons = Object.entries(result.handovers).sort(([, a], [, b]) => b - a);
  const uses = Object.entries(NORMALISATIONS) as [Normalisation, string][];
  return `# Both lanes, compared

Written by \`npm run differential -- --cases ${result.cases} --seed ${result.seed}\` on ${about.date.slice(0, 10)}, Node.js ${about.node}.

Generated requests and answers (plain, odd, hostile, damaged, early, broken off, malformed, never finished; pipelined; cut at
random places, and some at every byte) go through two front doors that differ in \`lane\` alone. An upstream of each records
every byte that is forwarded, the client every byte it gets; bytes, order, case and framing of both, and whether the
connection goes on, must be the same. What the fast lane hands over is held to the same.

| | |
|---|---:|
| Cases: requests with their answers | ${result.cases} |
| Client connections, each through both lanes | ${result.connections} |
| Requests that upstreams saw, both lanes | ${result.forwarded} |
| Requests the fast lane took | ${result.fast} |
| Connections it handed over | ${reasons.reduce((sum, [, count]) => sum + count, 0)} |
| Connections that differed among others, but not in three runs alone | ${result.notRepeated} |
| **Differences** | **${result.differences.length}** |

## Cases

| by connection | cases |
|---|---:|
${rows(result.byStream)}

| by request | cases |
|---|---:|
${rows(result.byRequest)}

| by answer | cases |
|---|---:|
${rows(result.byAnswer)}

## Handed over

| reason | | connections |
|---|---|---:|
${reasons.map(([reason, count]) => `| \`${reason}\` | ${HANDOVERS[reason] ?? ""} | ${count} |`).join("\n")}

## Explained

These are the only differences that are removed before the comparison. The table is \`NORMALISATIONS\` in
\`test/conformance/differential/explained.ts\`.

| what | why | connections that needed it |
|---|---|---:|
${uses.map(([name, reason]) => `| ${name} | ${reason} | ${result.normalisations[name]} |`).join("\n")}

${waysSection(ways)}`;
}
