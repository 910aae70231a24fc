import { type CredentialSource, noCredentials, secretText } from "./source.ts";

/** AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN. */
export const fromEnvironment: CredentialSource = async ({ environment }) => {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = environment;
  if (id === undefined || id === "" || secret === undefined || secret === "") return undefined;
  const [accessKeyId, secretAccessKey] = [secretText(id), secretText(secret)];
  const sessionToken = token === undefined || token === "" ? undefined : secretText(token);
  if (accessKeyId === undefined || secretAccessKey === undefined || (token && sessionToken === undefined))
    throw noCredentials(
      "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN has characters that no credential has.",
      "Set them anew.",
    );
  return { accessKeyId, secretAccessKey, sessionToken, expiresMs: undefined };
};
