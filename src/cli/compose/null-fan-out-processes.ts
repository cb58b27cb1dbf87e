import type { Publisher } from "../../app/ports.js";
import type { Member } from "../../backplane/backplane.js";
import { startProcess } from "../../backplane/process-pool.js";
import { IotbError } from "../../domain/errors.js";
import type { Clock } from "../../domain/time.js";
import type { MqttEndpoint } from "../../protocol/mqtt-endpoint.js";
import type { NullFanOutMessage, NullFanOutReport } from "../processes/null-fan-out.js";

/** The null fan-out as its processes do it. */
export type NullFanOutProcesses = AsyncDisposable & {
  /** One a process, all on loopback. */
  readonly endpoints: readonly MqttEndpoint[];
  /** Gives the word; a broadcast is accepted when every process has written it to its devices. */
  readonly publisher: Publisher;
};

/** 19 digits, as the platform's: the packets are as long as its. */
const FIRST_ID = 10n ** 18n;

type NullMember = Member<NullFanOutReport, NullFanOutMessage>;

/** Starts so many processes in parallel. When one does not start, the others are stopped. Fails with `internal`. */
export const startNullFanOutProcesses = async (processes: number, clock: Clock): Promise<NullFanOutProcesses> => {
  const members: NullMember[] = [];
  const stopAll = async () => {
    await Promise.all(members.map((member) => member[Symbol.asyncDispose]()));
  };
  const lines = await Promise.all(
    Array.from({ length: processes }, async () => {
      const member: NullMember = await startProcess({
        entry: new URL("../processes/null-fan-out.js", import.meta.url),
      });
      members.push(member);
      return openLine(member);
    }),
  ).catch(async (thrown: unknown) => {
    await stopAll();
    throw thrown;
  });
  let calls = 0;
  return {
    endpoints: lines.map(({ port }) => ({ protocol: "mqtt", host: "127.0.0.1", port })),
    publisher: {
      prepare: async (message) => ({
        send: async (dueAt) => {
          const messageId = String(FIRST_ID + BigInt(++calls));
          const sentAt = clock();
          await Promise.all(lines.map(({ send }) => send({ kind: "broadcast", messageId, body: message.body })));
          return { broadcast: { ...message, dueAt }, messageId, requestId: "", sentAt, acceptedAt: clock() };
        },
        [Symbol.dispose]: () => undefined,
      }),
    },
    [Symbol.asyncDispose]: stopAll,
  };
};

const gone = (why: string) => new IotbError("internal", `the calibration's null fan-out failed: ${why}`);

/** Waits until a process listens; `send` then resolves when it has written a broadcast. */
const openLine = async (member: NullMember) => {
  let answered: ((report: NullFanOutReport) => void) | null = null;
  member.onMessage((report) => answered?.(report));
  const next = () =>
    Promise.race([
      new Promise<NullFanOutReport>((resolve) => {
        answered = resolve;
      }),
      member.ended.then((how) => Promise.reject(gone(how))),
    ]);
  const ready = await next();
  if (ready.kind !== "ready") throw gone(ready.kind === "failed" ? ready.message : "it spoke out of turn");
  return {
    port: ready.port,
    send: async (message: NullFanOutMessage) => {
      const sent = next();
      member.send(message);
      await sent;
    },
  };
};
