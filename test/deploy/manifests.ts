import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Deployment, StatefulSet } from "kubernetes-types/apps/v1.d.ts";
import type { Container, Service } from "kubernetes-types/core/v1.d.ts";
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

export function kustomization(): Kustomization {
  return readYaml("kubernetes/kustomization.yaml");
}

/** Every document of the kustomization's resources. Fails on YAML that is not well-formed. */
export function manifests(): readonly Manifest[] {
  return kustomization().resources.flatMap((file) =>
    parseAllDocuments(readFileSync(join(DEPLOY, "kubernetes", file), "utf8")).map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return { file, ...(document.toJS() as Omit<Manifest, "file">) };
    }),
  );
}

export function manifest<Kind extends keyof Kinds>(kind: Kind, name: string): Kinds[Kind] {
  const found = manifests().find((one) => one.kind === kind && one.metadata.name === name);
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
