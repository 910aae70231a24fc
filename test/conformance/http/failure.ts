/** A case's verdict against a proxy: `message` is the short reason that the table prints. */
export class CaseFailure extends Error {}

export function fail(reason: string): never {
  throw new CaseFailure(reason);
}

export function ensure(condition: boolean, reason: string): asserts condition {
  if (!condition) fail(reason);
}

/** For reasons: control bytes made visible, long text cut. */
export function show(text: string, limit = 60): string {
  const visible = JSON.stringify(text).slice(1, -1);
  return visible.length > limit ? `${visible.slice(0, limit)}…` : visible;
}
