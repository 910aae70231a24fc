import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { usableCores } from "../../src/front-door/cores.ts";

const EIGHT = { "proc/self/status": "Name:\tnode\nCpus_allowed_list:\t0-5,8,10\n" };
const UNIFIED = { ...EIGHT, "proc/self/cgroup": "0::/pod/app\n" };

function coresWith(files: Readonly<Record<string, string>>): number {
  const root = mkdtempSync(join(tmpdir(), "fig-cores-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return usableCores(root);
}

const cpuMax = (max: string, group = "pod/app") => ({ [`sys/fs/cgroup/${group}/cpu.max`]: `${max}\n` });

test.each([
  ["cores that it may run on", EIGHT, 8],
  ["no limit", { ...UNIFIED, ...cpuMax("max 100000") }, 8],
  ["half a core", { ...UNIFIED, ...cpuMax("50000 100000") }, 1],
  ["two and a half", { ...UNIFIED, ...cpuMax("250000 100000") }, 2],
  [
    "two, whatever its weight",
    { ...UNIFIED, ...cpuMax("200000 100000"), "sys/fs/cgroup/pod/app/cpu.weight": "4\n" },
    2,
  ],
  ["more than there are", { ...UNIFIED, ...cpuMax("1600000 100000") }, 8],
  ["less above it", { ...UNIFIED, ...cpuMax("max 100000"), ...cpuMax("300000 100000", "pod") }, 3],
  [
    "a mount that begins at the container's own",
    { ...EIGHT, "proc/self/cgroup": "0::/../host/path\n", ...cpuMax("150000 100000", ".") },
    1,
  ],
  [
    "cgroups of version 1",
    {
      ...EIGHT,
      "proc/self/cgroup": "3:cpuset:/x\n2:cpu,cpuacct:/docker/a\n0::/\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "400000\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    },
    4,
  ],
  [
    "version 1 without a limit",
    {
      ...EIGHT,
      "proc/self/cgroup": "2:cpu:/\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    },
    8,
  ],
])("a process has as many cores as its limits leave it: %s", (_, files, cores) => {
  expect(coresWith(files)).toBe(cores);
});

test("where nothing says what it may use, the system is believed", () => {
  expect(coresWith({})).toBe(availableParallelism());
  expect(usableCores()).toBeLessThanOrEqual(availableParallelism());
});
