import { IotbError } from "../domain/errors.js";

/** What to do, by the platform's error code; the first match counts. [Error codes] [Common OpenAPI error codes] */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^SignatureDoesNotMatch$/, "the AccessKey secret does not belong to this AccessKey id: check both"],
  [/^IncompleteSignature$/, "check the AccessKey secret, and that nothing between here and the API rewrites requests"],
  [
    /^InvalidAccessKeyId\.NotFound$/,
    "the AccessKey id is not known there: check it, and that it is of this cloud account",
  ],
  [/^InvalidAccessKeyId\.Inactive$/, "enable the AccessKey in the RAM console, or use another"],
  [/^InvalidAccessKeyId/, "check the AccessKey id"],
  [/SecurityToken/, "get a new security token: it has expired or is of another AccessKey"],
  [
    /^SignatureNonceUsed$/,
    "this very request arrived before: a proxy repeats requests; check whether the first had an effect",
  ],
  [/^InvalidTimeStamp/, "set this machine's clock: it may be off by 15 minutes at most"],
  [/^InvalidProtocol\.NeedSsl$/, "use an https:// endpoint"],
  [
    /^iot\.prod\.NotExistedProduct$/,
    "check three things: the product key, the region, and whether --instance-id is missing",
  ],
  [
    /InstanceNotFound|InvalidIotInstanceId/,
    "check --instance-id and --region: the instance's overview page shows both",
  ],
  [/^iot\.common\.APINotSupportedInInstance$/, "this kind of instance does not have this call"],
  [
    /^Forbidden|^NoPermission|PermissionDeny$/,
    "let an administrator attach the policy AliyunIOTFullAccess to this RAM user",
  ],
  [/^iot\.system\.BillIsOverDue$/, "pay the account's bill"],
  [/^iot\.device\.NotExistedDevice$/, "check the device names, the product key, and whether --instance-id is missing"],
  [/InvalidFormattedTopicName$/, "a subscribed broadcast's topic is /broadcast/<productKey>/<name>"],
  [/^Missing/, "the API misses a parameter: check --product-key and --instance-id"],
  [/^Invalid(Action|Api|Version)/, "the endpoint does not speak this API: check --endpoint"],
  [
    /^(ServiceUnavailable|InternalError)|SystemException$|messagebroker\.(TIMEOUT|PublishMessage\w+)$/,
    "the platform failed inside and does not say how far it got: look for receipts before you repeat it",
  ],
];

/**
 * Codes that mean "too often". Which one PubBroadcast answers with is documented nowhere, so every family counts.
 * [PubBroadcast: QPS limits]
 */
const THROTTLING = /^Throttling|RateLimit|FlowControl|FlowLimit|QpsLimit|TooManyRequest/i;

/** What the platform said no with. Texts must have gone through the redactor. */
export type Refusal = {
  readonly action: string;
  readonly code: string;
  readonly text: string;
  readonly requestId: string | null;
  readonly status: number | null;
};

/** The error for the platform's no: `api-throttled` or `api-refused`. */
export const refusalError = ({ action, code, text, requestId, status }: Refusal): IotbError => {
  const said = [code, text].filter((part) => part !== "").join(": ");
  const details = said === "" ? `it gave no reason${status === null ? "" : ` (HTTP ${status})`}` : said;
  if (THROTTLING.test(code) || status === 429) {
    const quota =
      action === "PubBroadcast"
        ? "an account may send one full broadcast a minute and one subscribed broadcast a second, all its users together"
        : "the account's call quota is shared by all its users";
    return new IotbError("api-throttled", `${action} was throttled: ${details}`, { hint: `${quota}; wait`, requestId });
  }
  const hint = HINTS.find(([pattern]) => pattern.test(code))?.[1] ?? null;
  return new IotbError("api-refused", `${action} was refused: ${details}`, { hint, requestId });
};
