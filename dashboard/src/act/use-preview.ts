import { useEffect, useState } from "preact/hooks";
import { ApiError, post } from "../state/api.ts";
import type { ShiftResult } from "../state/wire.ts";
import type { ActRequest } from "./act.ts";

export interface Preview {
  readonly result: ShiftResult | undefined;
  /** Why it would be refused. */
  readonly refusal: ApiError | undefined;
  readonly loading: boolean;
}

const TYPING_MS = 200;

/** What the front door says it would do: asked anew when the request changes, or its `turn`. */
export function usePreview(request: ActRequest, turn: number): Preview {
  const [preview, setPreview] = useState<Preview>({ result: undefined, refusal: undefined, loading: true });
  const { path } = request;
  const { reason, by, ...rest } = request.body;
  // Who and why change nothing of what would be done, and are not there yet.
  const body = JSON.stringify({ ...rest, reason: "preview", by: "preview", dryRun: true });
  // `turn` asks again.
  useEffect(() => {
    const asked = new AbortController();
    setPreview((old) => ({ ...old, loading: true }));
    const timer = setTimeout(() => {
      post<ShiftResult>(path, JSON.parse(body) as object, asked.signal).then(
        (result) => setPreview({ result, refusal: undefined, loading: false }),
        (error: unknown) => {
          if (asked.signal.aborted) return;
          const refusal = error instanceof ApiError ? error : new ApiError(0, "page_error", String(error));
          setPreview({ result: undefined, refusal, loading: false });
        },
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [path, body, turn]);
  return preview;
}
