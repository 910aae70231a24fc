import { expect, test } from "vitest";
import type { AwsServiceName } from "../../src/aws/contract.ts";
import { endpointOf } from "../../src/aws/regions.ts";
import type { AwsPlace } from "../../src/domain/aws.ts";
import { regionOfQueue } from "../../src/domain/message-target.ts";
import { inPath, type ObjectTarget } from "../../src/domain/object-target.ts";

const PLACE: AwsPlace = {
  region: undefined,
  endpoint: undefined,
  credentials: { from: "auto", profile: undefined },
};

test.each<
  [AwsServiceName, Partial<AwsPlace>, string | undefined, Record<string, string>, string | undefined]
>([
  ["s3", {}, "eu-central-1", {}, "https://s3.eu-central-1.amazonaws.com"],
  ["kinesis", {}, "cn-north-1", {}, "https://kinesis.cn-north-1.amazonaws.com.cn"],
  ["sqs", { fips: true }, "us-east-1", {}, "https://sqs-fips.us-east-1.amazonaws.com"],
  [
    "lambda",
    {},
    "us-east-1",
    { AWS_USE_FIPS_ENDPOINT: "true" },
    "https://lambda-fips.us-east-1.amazonaws.com",
  ],
  [
    "s3",
    { fips: false },
    "us-east-1",
    { AWS_USE_FIPS_ENDPOINT: "true" },
    "https://s3.us-east-1.amazonaws.com",
  ],
  ["s3", {}, undefined, {}, undefined],
  ["s3", { endpoint: "http://127.0.0.1:9" }, undefined, {}, "http://127.0.0.1:9"],
  [
    "s3",
    {},
    "us-east-1",
    { AWS_ENDPOINT_URL_S3: "http://s3.test", AWS_ENDPOINT_URL: "http://all.test" },
    "http://s3.test",
  ],
  ["sqs", {}, "us-east-1", { AWS_ENDPOINT_URL: "http://all.test" }, "http://all.test"],
  [
    "sqs",
    { endpoint: "http://own.test" },
    "us-east-1",
    { AWS_ENDPOINT_URL: "http://all.test" },
    "http://own.test",
  ],
  ["s3", {}, "us-east-1", { AWS_ENDPOINT_URL: "nonsense" }, undefined],
])("%s with %j in %s and %j is at %s", (service, place, region, environment, url) => {
  const found = endpointOf(service, { ...PLACE, ...place }, region, environment);
  expect(found?.url.origin).toBe(url);
  if (found !== undefined) expect(found.own).toBe(!String(url).includes("amazonaws"));
});

test.each([
  ["https://sqs.eu-central-1.amazonaws.com/123456789012/jobs", "eu-central-1"],
  ["https://sqs-fips.us-gov-west-1.amazonaws.com/1/jobs", "us-gov-west-1"],
  ["https://eu-west-1.queue.amazonaws.com/1/jobs", "eu-west-1"],
  ["https://sqs.cn-north-1.amazonaws.com.cn/1/jobs", "cn-north-1"],
  ["http://127.0.0.1:9324/1/jobs", undefined],
  ["https://sqs.eu-central-1.amazonaws.com.evil.test/1/jobs", undefined],
])("the Region of %s is %s", (queue, region) => {
  expect(regionOfQueue(queue)).toBe(region);
});

test("a bucket stands in the path where TLS or an emulator could not name it", () => {
  const target: ObjectTarget = {
    ...{
      ...PLACE,
      bucket: "shop",
      prefix: "",
      index: undefined,
      list: false,
      write: false,
      pathStyle: undefined,
    },
  };
  expect(inPath(target, false)).toBe(false);
  expect(inPath(target, true)).toBe(true);
  expect(inPath({ ...target, bucket: "www.shop.test" }, false)).toBe(true);
  expect(inPath({ ...target, pathStyle: false }, true)).toBe(false);
  expect(inPath({ ...target, pathStyle: true }, false)).toBe(true);
});
