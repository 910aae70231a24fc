// What serverless-offline runs for a WebSocket API: whoever records hears the event, and says what is answered.
export const handler = async (event) => {
  const response = await fetch(process.env.PEER_RECORDER, { method: "POST", body: JSON.stringify(event) });
  return { statusCode: 200, body: await response.text() };
};
