import type { FuzzTarget } from "./fuzz-target.js";
import { createFrameReaderTarget } from "./targets/frame-reader.js";
import { createJsonFault } from "./targets/json-fault.js";
import { createLoginNames } from "./targets/login-names.js";
import { createPlatformStream } from "./targets/platform-stream.js";
import { createRpcActions } from "./targets/rpc-actions.js";
import { createRpcV1 } from "./targets/rpc-v1.js";
import { createRpcV3 } from "./targets/rpc-v3.js";
import { createTripletCsv } from "./targets/triplet-csv.js";

/** Everything that reads bytes from outside and has a target. */
export const createTargets = (): readonly FuzzTarget[] => [
  createPlatformStream(),
  createFrameReaderTarget(),
  createLoginNames(),
  createRpcV1(),
  createRpcV3(),
  createRpcActions(),
  createTripletCsv(),
  createJsonFault(),
];
