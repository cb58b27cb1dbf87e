import { randomBytes } from "node:crypto";
import { answer, type PopScriptedServer, type Script, startPopScriptedServer } from "./pop-scripted-server.js";

type Form = Readonly<Record<string, string>>;
type Batch = { status: string; names: string[]; questions: number };

/** A product's devices behind the documented batch and list calls, scripted: as slow and as forgetful as a test wants it. */
export type PopBatchServer = PopScriptedServer & {
  /** Device names and secrets, in the order they were made. */
  readonly made: Map<string, string>;
  /** The actions called, in order. */
  readonly actions: () => readonly string[];
};

/** How the server differs from a good one. */
export type BatchServerOptions = {
  /** Answers a call itself where it gives true; the call has had its effect by then. */
  readonly intercept?: (action: string, nth: number, respond: Parameters<Script>[0]) => boolean;
  /** Names that are in use. */
  readonly taken?: readonly string[];
  /** Names that are taken between the check and the creation. */
  readonly lost?: readonly string[];
  /** Whether lists give a NextToken. */
  readonly tokens?: boolean;
};

const namesIn = (form: Form): string[] =>
  Object.keys(form).flatMap((key) => (key.startsWith("DeviceName.") ? [form[key] ?? ""] : []));

const page = <T>(rows: readonly T[], form: Form): readonly T[] => {
  const [number, size] = [Number(form["CurrentPage"] ?? 1), Number(form["PageSize"] ?? 10)];
  return rows.slice((number - 1) * size, number * size);
};

/** Starts the server. */
export const startPopBatchServer = async (options: BatchServerOptions = {}): Promise<PopBatchServer> => {
  const made = new Map<string, string>();
  const batches = new Map<string, Batch>();
  const counts = new Map<string, number>();
  const taken = new Set(options.taken);

  const begin = (names: string[], status: string): object => {
    const id = String(1_000_001 + batches.size);
    batches.set(id, { status, names, questions: 0 });
    return { Data: { ApplyId: Number(id) } };
  };
  const create = (batch: Batch): void => {
    for (const name of batch.names) {
      if (!options.lost?.includes(name)) made.set(name, randomBytes(16).toString("hex"));
    }
    batch.names = batch.names.filter((name) => made.has(name));
  };

  const perform = (form: Form): object => {
    const batch = batches.get(form["ApplyId"] ?? "") ?? { status: "CHECK_FAILED", names: [], questions: 0 };
    switch (form["Action"]) {
      case "BatchCheckDeviceNames":
        return begin(namesIn(form), "CHECK");
      case "BatchRegisterDevice": {
        const names = Array.from({ length: Number(form["Count"]) }, () => randomBytes(8).toString("hex"));
        const answered = begin(names, "CREATE");
        create([...batches.values()].at(-1) ?? batch);
        return answered;
      }
      case "BatchRegisterDeviceWithApplyId":
        batch.status = batch.names.some((name) => options.lost?.includes(name)) ? "CREATE_LOSING" : "CREATE";
        batch.questions = 0;
        create(batch);
        return { Data: { ApplyId: Number(form["ApplyId"]) } };
      case "QueryBatchRegisterDeviceStatus": {
        const bad = batch.names.filter((name) => taken.has(name));
        if (batch.questions++ > 0) {
          if (batch.status === "CHECK") batch.status = bad.length > 0 ? "CHECK_FAILED" : "CHECK_SUCCESS";
          else if (batch.status === "CREATE") batch.status = "CREATE_SUCCESS";
        }
        const losing = batch.status === "CREATE_LOSING";
        const invalid = losing ? (options.lost ?? []) : bad;
        return {
          Data: { Status: losing ? "CREATE_FAILED" : batch.status, ValidList: {}, InvalidList: { Name: invalid } },
        };
      }
      case "QueryPageByApplyId": {
        const rows = page(batch.names, form).map((DeviceName) => ({ DeviceName, DeviceSecret: made.get(DeviceName) }));
        return {
          ApplyDeviceList: { ApplyDeviceInfo: rows },
          Page: Number(form["CurrentPage"]),
          Total: batch.names.length,
        };
      }
      case "QueryDevice":
      case "QueryDeviceByStatus": {
        const wanted = form["Status"];
        const states = ["UNACTIVE", "ONLINE", "OFFLINE"];
        const rows = [...made.keys()].map((DeviceName, i) => {
          const state = states[i % 3] ?? "";
          return { DeviceName, DeviceSecret: made.get(DeviceName), DeviceStatus: state, Nickname: "" };
        });
        const number = { UNACTIVE: "0", ONLINE: "1", OFFLINE: "3" } as Record<string, string>;
        const matching = rows.filter(({ DeviceStatus }) => wanted === undefined || number[DeviceStatus] === wanted);
        const list = page(matching, form);
        const token = options.tokens ? { NextToken: `after-${form["CurrentPage"]}` } : {};
        return {
          Data: { [wanted === undefined ? "DeviceInfo" : "SimpleDeviceInfo"]: list },
          Total: matching.length,
          ...token,
        };
      }
      default:
        return {};
    }
  };

  const server = await startPopScriptedServer((response, request) => {
    const action = request.form["Action"] ?? "";
    const nth = (counts.get(action) ?? 0) + 1;
    counts.set(action, nth);
    const fields = perform(request.form);
    if (options.intercept?.(action, nth, response)) return;
    answer({ Success: true, RequestId: "0C9D2B6E-0000-4000-8000-000000000000", ...fields })(response, request);
  });
  return {
    ...server,
    made,
    actions: () => server.requests.map(({ form }) => form["Action"] ?? ""),
    [Symbol.asyncDispose]: () => Promise.resolve(server[Symbol.asyncDispose]()),
  };
};
