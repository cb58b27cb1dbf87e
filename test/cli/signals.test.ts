import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { it } from "node:test";
import { listenForSignals } from "../../src/cli/signals.js";

it("the first signal aborts, the second leaves with 130", () => {
  const emitter = new EventEmitter();
  const seen: (string | number)[] = [];
  {
    using interruption = listenForSignals(
      emitter,
      () => seen.push("first"),
      (code) => seen.push(code),
    );
    assert.equal(interruption.interrupted, false);
    emitter.emit("SIGINT");
    assert.ok(interruption.signal.aborted && interruption.interrupted);
    assert.deepEqual(seen, ["first"]);
    emitter.emit("SIGTERM");
    assert.deepEqual(seen, ["first", 130]);
  }
  assert.equal(emitter.listenerCount("SIGINT") + emitter.listenerCount("SIGTERM"), 0);
});

it("stopping for another reason is no interruption", () => {
  using interruption = listenForSignals(new EventEmitter(), assert.fail, () => assert.fail());
  interruption.stop(new Error("why"));
  assert.ok(interruption.signal.aborted);
  assert.equal(interruption.interrupted, false);
});
