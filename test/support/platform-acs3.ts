import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { signAcs3 } from "../../src/protocol/acs3-signature.js";
import { sha256Hex } from "../../src/protocol/sha256.js";
import { ACCESS_KEY } from "./platform-start.js";

/** A call of version 3; what is not given is as an SDK sends it. A header with the value "" is not sent. */
export type Acs3Call = {
  readonly action?: string;
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secret?: string;
  /** Changes the request after it was signed. */
  readonly tamper?: (headers: Record<string, string>) => void;
};

/** Signs and makes a call of version 3; answers the HTTP status and the JSON (whose big integers are rounded). */
export const callAcs3 = async (
  platform: LocalPlatform,
  { action = "QueryProduct", method = "POST", query = {}, form, headers = {}, secret, tamper }: Acs3Call,
): Promise<{ status: number; json: Record<string, unknown> }> => {
  const url = new URL(platform.popUrl);
  const body = form ? Buffer.from(new URLSearchParams(form).toString()) : Buffer.alloc(0);
  const sent: Record<string, string> = {
    host: url.host,
    accept: "application/json",
    "x-acs-action": action,
    "x-acs-version": "2018-01-20",
    "x-acs-date": `${new Date().toISOString().slice(0, 19)}Z`,
    "x-acs-signature-nonce": randomUUID(),
    "x-acs-content-sha256": sha256Hex(body),
    ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    ...headers,
  };
  for (const [name, value] of Object.entries(sent)) if (value === "") delete sent[name];
  sent["authorization"] ??= signAcs3(
    { method, path: "/", query, headers: sent, body },
    ACCESS_KEY.accessKeyId,
    secret ?? ACCESS_KEY.accessKeySecret,
  );
  tamper?.(sent);
  return new Promise((resolve, reject) => {
    const search = new URLSearchParams(query).toString();
    const request = httpRequest(
      `${platform.popUrl}/?${search}`,
      { method, headers: sent, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const json = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, json });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
};
