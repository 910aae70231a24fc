// npm run bench -- NAME [--quick] [--rounds N] [--seconds N] [--only peer,peer] [--no-verdict]
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { bodies } from "./bodies.mjs";
import { cache } from "./cache.mjs";
import { compareEngine } from "./compare-engine.mjs";
import { control } from "./control.mjs";
import { dashboard } from "./dashboard.mjs";
import { explains } from "./explain.mjs";
import { grpc } from "./grpc.mjs";
import { http2 } from "./http2.mjs";
import { idle } from "./idle.mjs";
import { requirePeers, requireTools } from "./machine.mjs";
import { memory } from "./memory.mjs";
import { passThrough } from "./pass-through.mjs";
import { policies } from "./policies.mjs";
import { LOAD_CORE, stopAll } from "./processes.mjs";
import { routing } from "./routing.mjs";
import { shadow } from "./shadow.mjs";
import { split } from "./split.mjs";
import { tls } from "./tls.mjs";
import { transfer } from "./transfer.mjs";
import { workers } from "./workers.mjs";
import { writeReadme } from "./write-readme.mjs";

const benches = {
  "pass-through": passThrough,
  bodies,
  split,
  routing,
  shadow,
  control,
  transfer,
  workers,
  idle,
  memory,
  dashboard,
  explain: explains,
  tls,
  http2,
  grpc,
  cache,
  policies,
  "compare-engine": compareEngine,
};
const usage = `usage: npm run bench -- NAME [--quick] [--rounds N] [--seconds N] [--only peer,peer] [--no-verdict]
  NAME: ${Object.keys(benches).join(", ")} or all`;

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        rounds: { type: "string" },
        seconds: { type: "string" },
        only: { type: "string" },
        "no-verdict": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

const { values, positionals } = parsed();
const names = positionals[0] === "all" ? Object.keys(benches) : positionals;
if (names.length === 0 || names.some((name) => !(name in benches))) {
  console.error(usage);
  process.exit(2);
}

const options = {
  quick: values.quick,
  /** What a bench would like, cut short by --quick, replaced by --rounds and --seconds. */
  times(wanted) {
    const times = values.quick
      ? Object.fromEntries(
          Object.entries(wanted).map(([key, value]) => [key, Math.max(1, Math.round(value / 5))]),
        )
      : { ...wanted };
    if (values.rounds !== undefined) times.rounds = Number(values.rounds);
    if (values.seconds !== undefined) times.seconds = Number(values.seconds);
    return { ...times, only: values.only?.split(",") };
  },
  progress: (line) => console.error(`  ${line}`),
  recorded: (times) => ({
    command: `npm run bench -- ${process.argv.slice(2).join(" ")}`,
    quick: values.quick,
    ...times,
  }),
};

let held = true;
try {
  requireTools();
  requirePeers();
  // The harness itself stays off the proxy's core.
  spawnSync("taskset", ["-acp", String(LOAD_CORE), String(process.pid)]);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => void stopAll().then(() => process.exit(130)));
  for (const name of names) {
    console.error(name);
    held = (await benches[name](options)) && held;
    if (!values.quick) writeReadme();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  held = false;
  if (values["no-verdict"]) process.exitCode = 1;
} finally {
  await stopAll();
}
if (!held && !values["no-verdict"]) process.exitCode = 1;
