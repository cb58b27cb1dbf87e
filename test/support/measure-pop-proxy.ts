import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { httpCall } from "./http-call.js";

/** What becomes of one call. */
export type CallFate =
  | { readonly kind: "forward" }
  /** Forwarded when `after` resolves, at once without it; the answer goes back when `until` resolves. */
  | { readonly kind: "hold"; readonly after?: Promise<unknown>; readonly until: Promise<unknown> }
  /** Forwarded; the answer is thrown away and the connection closed. */
  | { readonly kind: "lose" }
  /** Not forwarded; answered here. */
  | { readonly kind: "answer"; readonly status: number; readonly body: object };

/** One call: its action, and the how manieth of that action it is, from 1. */
export type ProxiedCall = { readonly action: string; readonly nth: number };

/** A proxy between the tool and the API. */
export type PopProxy = AsyncDisposable & {
  readonly url: string;
  /** Calls of an action so far. */
  calls(action: string): number;
  /** Resolves when the platform has answered the nth call of an action. */
  answered(action: string, nth: number): Promise<void>;
};

/** Starts a proxy before the API at `target`; `fateOf` decides about every call. */
export const startPopProxy = async (
  target: string,
  fateOf: (call: ProxiedCall) => CallFate = () => ({ kind: "forward" }),
): Promise<PopProxy> => {
  const counts = new Map<string, number>();
  const done = new Set<string>();
  const waiting = new Map<string, () => void>();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const body = Buffer.concat(chunks);
    const query = new URL(request.url ?? "/", target).searchParams;
    const action = new URLSearchParams(body.toString("utf8")).get("Action") ?? query.get("Action") ?? "";
    const nth = (counts.get(action) ?? 0) + 1;
    counts.set(action, nth);
    const fate = fateOf({ action, nth });
    if (fate.kind === "answer") {
      response.writeHead(fate.status, { "content-type": "application/json" }).end(JSON.stringify(fate.body));
      return;
    }
    if (fate.kind === "hold") await fate.after;
    const answer = await httpCall(new URL(request.url ?? "/", target), {
      method: request.method ?? "POST",
      headers: { "content-type": request.headers["content-type"] ?? "application/x-www-form-urlencoded" },
      ...(body.length === 0 ? {} : { body }),
    });
    done.add(`${action} ${nth}`);
    waiting.get(`${action} ${nth}`)?.();
    if (fate.kind === "lose") {
      request.socket.destroy();
      return;
    }
    if (fate.kind === "hold") await fate.until;
    response.writeHead(answer.status, { "content-type": answer.contentType }).end(answer.text);
  };

  const server = createServer((request, response) => {
    // a caller that went away is the test's subject, not the proxy's trouble
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls: (action) => counts.get(action) ?? 0,
    answered: (action, nth) =>
      done.has(`${action} ${nth}`)
        ? Promise.resolve()
        : new Promise((resolve) => waiting.set(`${action} ${nth}`, resolve)),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
