import { expect, test } from "vitest";
import type { AwsServiceName } from "../../src/aws/contract.ts";
import { endpointOf } from "../../src/aws/regions.ts";
import { type AwsPlace, awsDomain, REGION } from "../../src/domain/aws.ts";
import { regionOfQueue } from "../../src/domain/message-target.ts";
import { inPath, type ObjectTarget } from "../../src/domain/object-target.ts";
import { counterpart } from "../support/counterparts.ts";

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
  ["s3", {}, "eusc-de-east-1", {}, "https://s3.eusc-de-east-1.amazonaws.eu"],
  ["lambda", {}, "us-isob-east-1", {}, "https://lambda.us-isob-east-1.sc2s.sgov.gov"],
  ["kinesis", {}, "us-gov-west-1", {}, "https://kinesis.us-gov-west-1.amazonaws.com"],
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
  if (found !== undefined) expect(found.own).toBe(!/amazonaws|sgov/.test(String(url)));
});

test.each([
  ["https://sqs.eu-central-1.amazonaws.com/123456789012/jobs", "eu-central-1"],
  ["https://sqs-fips.us-gov-west-1.amazonaws.com/1/jobs", "us-gov-west-1"],
  ["https://eu-west-1.queue.amazonaws.com/1/jobs", "eu-west-1"],
  ["https://sqs.cn-north-1.amazonaws.com.cn/1/jobs", "cn-north-1"],
  ["https://sqs.eusc-de-east-1.amazonaws.eu/1/jobs", "eusc-de-east-1"],
  ["https://sqs.us-iso-east-1.c2s.ic.gov/1/jobs", "us-iso-east-1"],
  ["https://sqs.eusc-de-east-1.amazonaws.com/1/jobs", undefined],
  ["https://sqs.queue.amazonaws.com/1/jobs", undefined],
  ["https://eu-west-1.amazonaws.com/1/jobs", undefined],
  ["http://127.0.0.1:9324/1/jobs", undefined],
  ["https://sqs.eu-central-1.amazonaws.com.evil.test/1/jobs", undefined],
])("the Region of %s is %s", (queue, region) => {
  expect(regionOfQueue(queue)).toBe(region);
});

test("Regions are in the domains that AWS's own client has them in", () => {
  const { partition } = counterpart("@aws-sdk/core/client") as {
    partition: (region: string) => { dnsSuffix: string };
  };
  const regions = ["us-east-1", "ap-southeast-7", "mx-central-1", "us-gov-east-1", "cn-northwest-1"];
  const others = ["eusc-de-east-1", "us-iso-west-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"];
  for (const region of [...regions, ...others]) {
    expect(REGION.test(region)).toBe(true);
    expect(awsDomain(region)).toBe(partition(region).dnsSuffix);
  }
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
