import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A named reason to skip a test where a foreign program is missing; false where it is there or must be. */
export const skipWithout = (program: string, ...args: string[]): string | false => {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;
  const found = spawnSync(program, args, { env: { ...process.env, PATH: path } }).error === undefined;
  return found || process.env["IOTB_REQUIRE_PEERS"] === "1" ? false : `${program} is not installed`;
};

/** A self-signed certificate, made by openssl now. */
export const selfSigned = (names = "DNS:localhost,IP:127.0.0.1"): { readonly cert: string; readonly key: string } => {
  const folder = mkdtempSync(join(tmpdir(), "iotb-tls-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", `subjectAltName=${names}`, "-days", "2"];
    const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const args = ["req", "-x509", ...algorithm, ...subject, "-keyout", key, "-out", cert];
    execFileSync("openssl", args, { stdio: "ignore" });
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** A port of 127.0.0.1 that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
};

/** Whether something accepts connections on a port of 127.0.0.1. */
export const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
      .on("connect", () => {
        socket.destroy();
        resolve(true);
      })
      .on("error", () => resolve(false));
  });

/** A mosquitto of its own on 127.0.0.1 with a port per scheme, TLS with the given certificate; ended on disposal. */
export const startMosquitto = async ({ cert, key }: { readonly cert: string; readonly key: string }) => {
  const folder = mkdtempSync(join(tmpdir(), "iotb-mosquitto-"));
  const ports = { mqtt: await freePort(), ws: await freePort(), mqtts: await freePort(), wss: await freePort() };
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const lines = Object.entries(ports).flatMap(([scheme, port]) => [
    `listener ${port} 127.0.0.1`,
    ...(scheme.startsWith("ws") ? ["protocol websockets"] : []),
    ...(scheme.endsWith("s") && scheme !== "ws" ? [`certfile ${certFile}`, `keyfile ${keyFile}`] : []),
  ]);
  const config = join(folder, "mosquitto.conf");
  // as root mosquitto becomes another user, who may not read the key
  writeFileSync(config, ["allow_anonymous true", "persistence false", "user root", ...lines, ""].join("\n"));
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;
  const child = spawn("mosquitto", ["-c", config], { env: { ...process.env, PATH: path }, stdio: "ignore" });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  };
  // mosquitto says nothing when it is ready, so it is asked
  for (const port of Object.values(ports)) {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
      await delay(20);
    }
  }
  return { ports, [Symbol.asyncDispose]: stop };
};
