import { readFile } from "node:fs/promises";

const HOOK = (file: string): string => `
import { appendFileSync } from "node:fs";
import net from "node:net";
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const to = typeof first === "object" && first !== null ? first : { port: first, host: args[1] };
  if (!to.path) appendFileSync(${JSON.stringify(file)}, (to.host ?? "localhost") + ":" + to.port + "\\n");
  return connect.apply(this, args);
};`;

/** NODE_OPTIONS under which a program of Node, and those it starts, write every TCP connection they open into a file. */
export const recordConnectionsTo = (file: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(HOOK(file)).replaceAll("'", "%27")}`;

/** The connections that were written, `host:port` each; none where the file is not there. */
export const recordedConnections = async (file: string): Promise<readonly string[]> => {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
};
