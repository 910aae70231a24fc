import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Deployment, StatefulSet } from "kubernetes-types/apps/v1.d.ts";
import type { Container, PodSpec, Service } from "kubernetes-types/core/v1.d.ts";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.d.ts";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.d.ts";
import { parse, parseAllDocuments } from "yaml";

export const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));

export interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
}

interface Kinds {
  readonly Deployment: Deployment;
  readonly StatefulSet: StatefulSet;
  readonly Service: Service;
  readonly NetworkPolicy: NetworkPolicy;
  readonly PodDisruptionBudget: PodDisruptionBudget;
}

/** Where kubernetes-types (made from Kubernetes's own OpenAPI) has the type of a kind. */
export const MODULES: Readonly<Record<keyof Kinds, string>> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  Service: "core/v1",
  NetworkPolicy: "networking/v1",
  PodDisruptionBudget: "policy/v1",
};

export interface Manifest {
  readonly file: string;
  readonly kind: keyof Kinds;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string };
}

export function readYaml<T>(path: string): T {
  return parse(readFileSync(join(DEPLOY, path), "utf8"), { merge: true }) as T;
}

/** fig as a sidecar, and as an edge: folders of `deploy`. */
export type Variant = "kubernetes" | "kubernetes-edge";
export const VARIANTS: readonly Variant[] = ["kubernetes", "kubernetes-edge"];

export function kustomization(folder: string = "kubernetes"): Kustomization {
  return readYaml(join(folder, "kustomization.yaml"));
}

/** Every document of the kustomization's resources, those of other kustomizations too. Fails on YAML that is not well-formed. */
export function manifests(folder: string = "kubernetes"): readonly Manifest[] {
  return kustomization(folder).resources.flatMap((resource) => {
    const file = join(folder, resource);
    if (!file.endsWith(".yaml")) return manifests(file);
    return parseAllDocuments(readFileSync(join(DEPLOY, file), "utf8")).map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return { file, ...(document.toJS() as Omit<Manifest, "file">) };
    });
  });
}

export function manifest<Kind extends keyof Kinds>(
  kind: Kind,
  name: string,
  folder: Variant = "kubernetes",
): Kinds[Kind] {
  const found = manifests(folder).find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as unknown as Kinds[Kind];
}

export function container(containers: readonly Container[] | undefined, name: string): Container {
  const found = containers?.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no container ${name}`);
  return found;
}

/** Files below a folder, relative to it. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(DEPLOY, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(DEPLOY, folder).length + 1))
    .sort();
}

/** The pod that fig is in: beside the shop, or alone. */
export function pod(folder: Variant = "kubernetes"): PodSpec | undefined {
  const name = folder === "kubernetes" ? "shop" : "fig-edge";
  return manifest("Deployment", name, folder).spec?.template.spec;
}

interface Projected {
  readonly folder?: Variant;
  /** What Secrets hold, by key. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Another one replaces the version in force, as after an update. */
  readonly version?: string;
  /** Changes fig.yaml before it is in force. */
  readonly edit?: (text: string) => string;
}

/** The front door's files in `mount`, as a kubelet lays a volume out: a symlink to the version in force, and symlinks into it. */
export function projectedVolume(mount: string, options: Projected = {}): string {
  const { folder = "kubernetes", secrets = {}, version = "..v1", edit } = options;
  const to = (path: string) => {
    mkdirSync(join(mount, version, path, ".."), { recursive: true });
    return join(mount, version, path);
  };
  const maps = new Map(kustomization(folder).configMapGenerator.map(({ name, files }) => [name, files]));
  for (const source of pod(folder)?.volumes?.find(({ name }) => name === "fig")?.projected?.sources ?? []) {
    const files = maps.get(source.configMap?.name ?? "") ?? [];
    const fileOf = (key: string) => files.find((file) => file.split("/").at(-1) === key) as string;
    const all = files.map((file) => file.split("/").at(-1) as string).map((key) => ({ key, path: key }));
    if (source.configMap !== undefined)
      for (const { key, path } of source.configMap.items ?? all)
        cpSync(join(DEPLOY, folder, fileOf(key)), to(path));
    for (const { key, path, mode } of source.secret?.items ?? []) {
      writeFileSync(to(path), secrets[key] as string);
      chmodSync(to(path), mode ?? 0o644);
    }
  }
  if (edit !== undefined) writeFileSync(to("fig.yaml"), edit(readFileSync(to("fig.yaml"), "utf8")));
  symlinkSync(version, join(mount, "..data.new"));
  renameSync(join(mount, "..data.new"), join(mount, "..data"));
  for (const name of readdirSync(join(mount, version)))
    if (!existsSync(join(mount, name))) symlinkSync(`..data/${name}`, join(mount, name));
  return mount;
}

export interface ComposeService {
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly command?: readonly string[];
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function compose(): Compose {
  return readYaml("compose.yaml");
}
