import { randomBytes } from "node:crypto";
import { isDeviceName } from "../protocol/device-name.js";
import { addDevice, type DeviceRecord, type Product } from "./device-table.js";
import type { PlatformLimits } from "./platform-limits.js";

/** How far an application is. [QueryBatchRegisterDeviceStatus: Status] */
export type ApplicationStatus =
  | "CHECK"
  | "CHECK_SUCCESS"
  | "CHECK_FAILED"
  | "CREATE"
  | "CREATE_SUCCESS"
  | "CREATE_FAILED";

/** A device that is applied for; a name that is not there is made up when the device is created. */
export type Applicant = { readonly deviceName?: string; readonly nickname: string };

/** One application for devices, as far as it has come. */
export type Application = {
  readonly applyId: number;
  readonly product: Product;
  status: ApplicationStatus;
  applicants: readonly Applicant[];
  /** How many applicants the present stage has done. */
  done: number;
  readonly valid: Set<string>;
  readonly invalid: string[];
  /** What was created, in the order applied for. */
  readonly created: DeviceRecord[];
};

/** All applications of a platform: their work runs off the API calls, in steps. Disposing of it stops the work. */
export type BatchRegistrations = Disposable & {
  /** Begins to check names; null where there is no room for another application. */
  check(product: Product, applicants: readonly Required<Applicant>[]): Application | null;
  /** Begins to create devices with random names; null where there is no room. */
  createRandom(product: Product, count: number): Application | null;
  /** Begins to create what was checked with success. */
  create(application: Application): void;
  find(applyId: number): Application | null;
};

/** Devices of one step: a fraction of a millisecond. */
const STEP = 200;

/** Own choice: the published samples have seven digits. */
const FIRST_APPLY_ID = 1_000_001;

const isAtRest = ({ status }: Application): boolean => status !== "CHECK" && status !== "CREATE";

/**
 * A name that exists already, comes twice or cannot be is invalid and fails the check as a whole; a name that was taken
 * between check and creation fails the creation, and the others are created (both inferred). [BatchCheckDeviceNames]
 */
export const createBatchRegistrations = (
  limits: PlatformLimits,
  unixMs: () => number,
  /** Hears of each device that is created. */
  onCreated: (device: DeviceRecord) => void = () => {},
): BatchRegistrations => {
  const applications = new Map<number, Application>();
  const queue: Application[] = [];
  let running: NodeJS.Immediate | null = null;
  let nextApplyId = FIRST_APPLY_ID;

  const apply = (
    product: Product,
    applicants: readonly Applicant[],
    status: "CHECK" | "CREATE",
  ): Application | null => {
    if (applications.size >= limits.registrations) {
      const oldest = [...applications.values()].find(isAtRest);
      if (oldest === undefined) return null;
      applications.delete(oldest.applyId);
    }
    const applyId = nextApplyId++;
    const application: Application = {
      applyId,
      product,
      status,
      applicants,
      done: 0,
      valid: new Set(),
      invalid: [],
      created: [],
    };
    applications.set(applyId, application);
    work(application);
    return application;
  };

  const work = (application: Application): void => {
    queue.push(application);
    running ??= setImmediate(step);
  };

  const step = (): void => {
    running = null;
    const application = queue.shift();
    if (application === undefined) return;
    const { applicants, status } = application;
    const end = Math.min(application.done + STEP, applicants.length);
    const handle = status === "CHECK" ? checkOne : createOne;
    for (; application.done < end; application.done++) {
      const applicant = applicants[application.done];
      if (applicant) handle(application, applicant);
    }
    if (application.done < applicants.length) queue.push(application);
    else finish(application);
    if (queue.length > 0) running = setImmediate(step);
  };

  const checkOne = ({ product, valid, invalid }: Application, { deviceName = "" }: Applicant): void => {
    if (isDeviceName(deviceName) && !product.devices.has(deviceName) && !valid.has(deviceName)) valid.add(deviceName);
    else invalid.push(deviceName);
  };

  const createOne = ({ product, valid, invalid, created }: Application, applicant: Applicant): void => {
    const { deviceName = randomBytes(10).toString("hex"), nickname } = applicant;
    if (product.devices.has(deviceName) || product.devices.size >= limits.devicesPerProduct) {
      invalid.push(deviceName);
      return;
    }
    valid.add(deviceName);
    const device = addDevice(product, deviceName, randomBytes(16).toString("hex"), nickname, unixMs());
    created.push(device);
    onCreated(device);
  };

  const finish = (application: Application): void => {
    const stage = application.status === "CHECK" ? "CHECK" : "CREATE";
    application.status = application.invalid.length === 0 ? `${stage}_SUCCESS` : `${stage}_FAILED`;
    if (application.status !== "CHECK_SUCCESS") application.applicants = [];
  };

  return {
    check: (product, applicants) => apply(product, applicants, "CHECK"),
    createRandom: (product, count) => {
      const anyName: Applicant = { nickname: "" };
      return apply(product, new Array<Applicant>(count).fill(anyName), "CREATE");
    },
    create: (application) => {
      application.status = "CREATE";
      application.done = 0;
      application.valid.clear();
      work(application);
    },
    find: (applyId) => applications.get(applyId) ?? null,
    [Symbol.dispose]: () => {
      if (running !== null) clearImmediate(running);
      running = null;
      queue.length = 0;
    },
  };
};
