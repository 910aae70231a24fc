import type { ComponentChildren } from "preact";
import type { Resource } from "../state/resource.ts";
import { useNow } from "../state/use-now.ts";
import { agoText } from "../words.ts";
import { Icon } from "./icon.tsx";

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <h3>{title}</h3>
      {children && <p>{children}</p>}
    </div>
  );
}

function Waiting({ what }: { readonly what: string }) {
  return (
    <div class="waiting" role="status">
      <span class="unseen">Loading {what}</span>
      <span class="bone" />
      <span class="bone" />
      <span class="bone" />
    </div>
  );
}

function Failure({
  what,
  error,
}: {
  readonly what: string;
  readonly error: { message: string; remedy?: string | undefined };
}) {
  return (
    <div class="alert alert-error" role="alert">
      <Icon name="error" />
      <div>
        <b>{what} could not be read.</b> {error.message} {error.remedy}
      </div>
    </div>
  );
}

interface LoadedProps<T> {
  readonly of: Resource<T>;
  readonly what: string;
  readonly children: (data: T) => ComponentChildren;
}

/** Waits, fails, or shows; what is older than the last try says so. */
export function Loaded<T>({ of, what, children }: LoadedProps<T>) {
  if (of.data === undefined)
    return of.error === undefined ? (
      <Waiting what={what} />
    ) : (
      <Failure what={`The ${what}`} error={of.error} />
    );
  return (
    <>
      {of.error !== undefined && <Stale of={of} what={what} />}
      {children(of.data)}
    </>
  );
}

function Stale<T>({ of, what }: { readonly of: Resource<T>; readonly what: string }) {
  const now = useNow(5_000);
  return (
    <div class="alert alert-warning" role="status">
      <Icon name="warning" />
      <div>
        <b>
          The {what} shown is from {of.at === undefined ? "before" : agoText(of.at, now)}.
        </b>{" "}
        {of.error?.message}
      </div>
    </div>
  );
}
