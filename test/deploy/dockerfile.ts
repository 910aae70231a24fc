import { spawn } from "node:child_process";
import { cpSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, relative } from "node:path";
import { NPM_ENV } from "../support/npm-env.ts";

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly from: string;
  readonly name: string;
  readonly steps: readonly Instruction[];
}

const KNOWN = new Set([
  "WORKDIR",
  "COPY",
  "RUN",
  "ENV",
  "USER",
  "EXPOSE",
  "STOPSIGNAL",
  "HEALTHCHECK",
  "ENTRYPOINT",
  "CMD",
]);

/** The stages of a Dockerfile, in order. Fails on an instruction that this reading does not know. */
export function stagesOf(text: string): readonly Stage[] {
  const stages: { from: string; name: string; steps: Instruction[] }[] = [];
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) {
      if (line !== "" && !line.startsWith("#")) throw new Error(`not understood: ${line}`);
    } else if (name === "FROM") {
      const [, from, as] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      stages.push({ from: from as string, name: as ?? "", steps: [] });
    } else if (KNOWN.has(name)) stages.at(-1)?.steps.push({ name, text: rest });
    else throw new Error(`${name} is not understood`);
  }
  return stages;
}

/** The arguments of the last instruction of a name, as written in its JSON form. */
export function listOf(stage: Stage, name: string): readonly string[] {
  const text = stage.steps.findLast((step) => step.name === name)?.text ?? "";
  return JSON.parse(text.slice(text.indexOf("["))) as string[];
}

/** Whether a path is in the build context: the last pattern of .dockerignore that it, or a folder it is in, matches decides. */
export function inContext(ignore: string, path: string): boolean {
  let kept = true;
  for (const line of ignore.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const pattern = line.replace(/^!/, "");
    if (pattern !== "*" && /[*?[]/.test(pattern)) throw new Error(`${pattern} is not understood`);
    if (pattern === "*" || path === pattern || path.startsWith(`${pattern}/`)) kept = line.startsWith("!");
  }
  return kept;
}

/** What is done instead of a RUN of this text, in its folder. */
export type Instead = Readonly<Record<string, (folder: string) => Promise<void>>>;

/**
 * Carries out a stage in a plain folder that stands for the container's root: COPY copies, RUN runs in a shell, with this Node first on
 * the path. What a stage says about running (ENV, USER, ENTRYPOINT ...) is left to who runs it.
 */
export async function build(
  stage: Stage,
  root: string,
  context: { readonly folder: string; readonly ignore: string },
  rootOf: (stage: string) => string,
  instead: Instead = {},
): Promise<void> {
  let workdir = "/";
  for (const { name, text } of stage.steps) {
    if (name === "WORKDIR") {
      workdir = text;
      mkdirSync(join(root, workdir), { recursive: true });
    } else if (name === "RUN") await (instead[text] ?? ((folder) => run(text, folder)))(join(root, workdir));
    else if (name === "COPY") {
      const words = text.split(/\s+/);
      const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
      const owner = words.find((word) => word.startsWith("--chown="))?.slice("--chown=".length);
      const [source, target] = words.filter((word) => !word.startsWith("--")) as [string, string];
      const to = join(root, isAbsolute(target) ? target : join(workdir, target));
      mkdirSync(dirname(to), { recursive: true });
      if (from !== undefined) copyOwned(join(rootOf(from), source), to, owner);
      else if (owner === undefined) copyContext(context, source, to);
      else throw new Error(`not understood: COPY ${text}`);
    }
  }
}

/** With the owner, for whom that takes the rights of root, go the files and folders that are made; a folder that is there already keeps its own. */
function copyOwned(from: string, to: string, owner: string | undefined): void {
  const made = ["", ...readdirSync(from, { recursive: true, encoding: "utf8" })]
    .map((path) => join(to, path))
    .filter((path) => !existsSync(path) || !statSync(path).isDirectory());
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  if (owner === undefined || process.getuid?.() !== 0) return;
  const [user, group] = owner.split(":").map(Number) as [number, number];
  for (const path of made) lchownSync(path, user, group);
}

function copyContext(
  { folder, ignore }: { folder: string; ignore: string },
  source: string,
  to: string,
): void {
  const from = join(folder, source);
  cpSync(from, to, {
    recursive: true,
    filter: (path) => {
      const inside = relative(folder, path);
      if (inside === "" || inContext(ignore, inside)) return true;
      // A folder that is ignored may hold what is not.
      return statSync(path).isDirectory() && ignore.includes(`\n!${inside}/`);
    },
  });
}

export function run(command: string, cwd: string): Promise<void> {
  const child = spawn("/bin/sh", ["-c", command], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      ...NPM_ENV,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`RUN ${command}: ended with ${code}\n${output}`));
    });
  });
}

export function readDockerfile(path: string): readonly Stage[] {
  return stagesOf(readFileSync(path, "utf8"));
}
