import { IotbError } from "../../domain/errors.js";

/** The ports of a platform as they were asked for: 0 is any free one, null none. */
export type WantedPorts = {
  readonly mqttPort: number;
  readonly mqttsPort: number | null;
  readonly wsPort: number | null;
  readonly popPort: number;
};

/** The ports that a flag takes: a row of them, one a worker. */
type Row = { readonly flag: string; readonly first: number; readonly last: number };

const isGiven = (port: number | null): port is number => port !== null && port !== 0;

/** Refuses ports that cannot all be had: worker i takes each port that was given plus i. Throws `usage`. */
export const checkPorts = ({ mqttPort, mqttsPort, wsPort, popPort }: WantedPorts, workers: number): void => {
  const rowOf = (flag: string, port: number | null, length: number): Row[] =>
    isGiven(port) ? [{ flag, first: port, last: port + length - 1 }] : [];
  const rows = [
    ...rowOf("--mqtt-port", mqttPort, workers),
    ...rowOf("--mqtts-port", mqttsPort, workers),
    ...rowOf("--ws-port", wsPort, workers),
    ...rowOf("--pop-port", popPort, 1),
  ];
  const over = rows.find(({ last }) => last > 65_535);
  if (over !== undefined) {
    throw new IotbError("usage", `${workers} workers need the ports ${over.first} to ${over.last}: there are 65535`, {
      hint: `give a smaller ${over.flag}, or 0 for any free ones`,
    });
  }
  for (const [i, row] of rows.entries()) {
    const other = rows.find(({ first, last }, k) => k > i && first <= row.last && last >= row.first);
    if (other === undefined) continue;
    const why =
      row.first === other.first
        ? `${row.flag} and ${other.flag} are both ${row.first}`
        : `${row.flag} and ${other.flag} both take port ${Math.max(row.first, other.first)} with ${workers} workers`;
    throw new IotbError("usage", why, { hint: "give two ports, or 0 for any free one" });
  }
};
