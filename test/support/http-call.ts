import { request } from "node:http";

/** What a server answered. */
export type HttpAnswer = {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
};

/**
 * One call on a connection of its own. Not `fetch`: that refuses some ports (6667, say), and a server on any free port may get one of
 * them. [Fetch: port blocking]
 */
export const httpCall = (
  url: string | URL,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer | URLSearchParams } = {},
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const { body } = options;
    const form = body instanceof URLSearchParams ? { "content-type": "application/x-www-form-urlencoded" } : {};
    const headers = { ...form, ...options.headers };
    const call = request(url, { agent: false, method: options.method ?? "GET", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"] ?? "",
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    call.on("error", reject);
    call.end(body instanceof URLSearchParams ? body.toString() : body);
  });
