import assert from "node:assert/strict";
import { it } from "node:test";
import { guessBootId, readBootId } from "../../src/files/boot-id.js";

it("the boot id stays the same", () => {
  assert.match(readBootId(), /^[0-9a-fA-F-]{32,36}$/);
  assert.equal(readBootId(), readBootId());
});

it("the guess tells hosts and boots apart, and forgives a second", () => {
  assert.equal(guessBootId("a", 6_000), guessBootId("a", 6_001));
  assert.notEqual(guessBootId("a", 6_000), guessBootId("b", 6_000));
  assert.notEqual(guessBootId("a", 6_000), guessBootId("a", 9_000));
});
