import { useEffect, useState } from "preact/hooks";
import { ApiError, post } from "../state/api.ts";
import type { ShiftResult } from "../state/wire.ts";
import type { ActRequest } from "./act.ts";

interface Preview {
  readonly result: ShiftResult | undefined;
  /** Why it would be refused. */
  readonly refusal: ApiError | undefined;
  /** The result at hand is another request's. */
  readonly loading: boolean;
  /** How often the same request got a different result. */
  readonly turned: number;
}

interface Asked extends Omit<Preview, "loading"> {
  /** What the result is of. */
  readonly of: string;
}

const TYPING_MS = 200;
const NOTHING: Asked = { of: "", result: undefined, refusal: undefined, turned: 0 };

/** The part of a result that is decided on. Figures of the evidence change by themselves. */
function decidedOn({ changes, effects, gates }: ShiftResult): string {
  const moved = effects.map(({ recent: _, ...effect }) => effect);
  return JSON.stringify([changes, moved, gates.map(({ route, holds }) => [route, holds])]);
}

function answered(old: Asked, of: string, result: ShiftResult): Asked {
  const before = old.of === of ? old : NOTHING;
  const other = before.result !== undefined && decidedOn(before.result) !== decidedOn(result);
  return { of, result, refusal: undefined, turned: before.turned + (other ? 1 : 0) };
}

/**
 * What the front door says it would do: asked anew when the request changes, or its `turn`. What was said in another `attempt`
 * no longer holds. Not asked before it is `known` what the request rests on: the answer would be replaced under the reader's hands.
 */
export function usePreview(request: ActRequest, known: boolean, attempt: number, turn: number): Preview {
  const [preview, setPreview] = useState(NOTHING);
  const { path } = request;
  const { reason, by, ...rest } = request.body;
  // Name and reason do not change what would be done, and are not typed yet.
  const body = JSON.stringify({ ...rest, reason: "preview", by: "preview", dryRun: true });
  const of = `${attempt} ${path} ${body}`;
  // `turn` asks again.
  useEffect(() => {
    if (!known) return;
    const asked = new AbortController();
    const timer = setTimeout(() => {
      post<ShiftResult>(path, JSON.parse(body) as object, asked.signal).then(
        (result) => setPreview((old) => answered(old, of, result)),
        (error: unknown) => {
          if (asked.signal.aborted) return;
          const refusal = error instanceof ApiError ? error : new ApiError(0, "page_error", String(error));
          setPreview({ of, result: undefined, refusal, turned: 0 });
        },
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [path, body, known, attempt, turn]);
  return { ...preview, loading: preview.of !== of };
}
