// What serverless-offline runs: it gives back its event, or what the request asks it to return.
export const handler = async (event) => {
  const headers = Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (headers["x-return"] !== undefined)
    return JSON.parse(Buffer.from(headers["x-return"], "base64").toString());
  // In a field: answers to HEAD have no body.
  return {
    statusCode: 200,
    headers: { "x-event": Buffer.from(JSON.stringify(event)).toString("base64") },
    body: "",
  };
};
