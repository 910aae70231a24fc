import { CUSTOMER_COUNT, customerName } from "./shop-data.ts";

/** What the function reads of its event: payload 2.0, as API Gateway's HTTP APIs send it. */
interface CustomersEvent {
  readonly pathParameters?: Readonly<Record<string, string>>;
}

interface CustomersAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One invocation in so many finds no running copy of the function: it is started first. */
const COLD_EVERY = 40;
const COLD_MS = 120;

/** Customers, as a function of AWS Lambda answers them: the same as the monolith, and now and then late. */
export function createCustomersFunction(): (event: CustomersEvent) => Promise<CustomersAnswer> {
  let invocations = 0;
  return async ({ pathParameters = {} }) => {
    if (invocations++ % COLD_EVERY === 0) await new Promise((resolve) => setTimeout(resolve, COLD_MS));
    const id = Number(pathParameters.id);
    if (!Number.isInteger(id) || id < 1 || id > CUSTOMER_COUNT) return answer(404, { error: "not_found" });
    return answer(200, { id, name: customerName(id) });
  };
}

function answer(statusCode: number, body: object): CustomersAnswer {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return { statusCode, headers, body: JSON.stringify(body) };
}
