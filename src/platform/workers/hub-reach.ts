import type { DeviceReach } from "../device-reach.js";
import type { DeviceRecord } from "../device-table.js";
import type { RrpcExchanges } from "../rrpc-exchanges.js";
import { rowsOf } from "./held-devices.js";
import type { HubDevices } from "./hub-devices.js";
import type { Moves } from "./moves.js";
import type { WorkerLink } from "./worker-link.js";
import type { WorkerOrder } from "./worker-messages.js";

/** Reaches devices by way of the workers that hold them. */
export const createHubReach = (
  links: readonly WorkerLink[],
  moves: Moves,
  devices: HubDevices,
  rrpc: RrpcExchanges,
): DeviceReach => {
  const order = ({ serial }: DeviceRecord, what: WorkerOrder): void =>
    moves.withHolder(serial, (worker) => links[worker]?.send(what));

  return {
    send: (device, message) => order(device, { kind: "send", device: device.serial, message }),
    ask: (device, question) => {
      if (!rrpc.hasRoom()) return null;
      const reply = rrpc.expect(device, question.replyTopic, question.timeoutMs);
      order(device, { kind: "ask", device: device.serial, question });
      return reply;
    },
    changed: (device, change) => {
      if (change === "created") {
        devices.add(device);
        order(device, { kind: "devices", rows: rowsOf([device], device.productKey) });
      } else {
        if (change === "deleted") devices.remove(device);
        order(device, { kind: "changed", device: device.serial, change });
      }
    },
    addressesOf: async (asked) => {
      const addresses = asked.map(() => "");
      await Promise.all(
        asked.map(async (device, i) => {
          if (device.online) addresses[i] = await addressOf(device);
        }),
      );
      return addresses;
    },
  };

  function addressOf({ serial }: DeviceRecord): Promise<string> {
    return new Promise((resolve) => {
      moves.withHolder(serial, (worker) => {
        links[worker]?.ask("addresses", [serial], ([address = ""]) => resolve(address));
      });
    });
  }
};
