import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { ArrivalSpill } from "../../src/files/arrival-spill.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const plain = (...at: number[]) => ({ at: Float64Array.from(at), extra: null, corrupt: null, misdirected: null });
const full = (...at: number[]) => ({
  at: Float64Array.from(at),
  extra: Uint16Array.from(at, (_, i) => i),
  corrupt: Uint8Array.from(at, (_, i) => i % 2),
  misdirected: Uint8Array.from(at, (_, i) => (i + 1) % 2),
});

test("arrays come back as they were put by, also after they have grown or shrunk", async () => {
  await using dir = await makeTempDir();
  using spill = new ArrivalSpill(dir.path("."));
  spill.put(0, plain(1.5, 0, 3));
  spill.put(7, full(4, 5));
  spill.put(1, plain());
  assert.deepEqual([spill.get(0), spill.get(7), spill.get(1)], [plain(1.5, 0, 3), full(4, 5), plain()]);
  spill.put(0, full(9, 8, 7, 6));
  spill.put(7, plain(2));
  assert.deepEqual([spill.get(0), spill.get(7), spill.get(1)], [full(9, 8, 7, 6), plain(2), plain()]);
});

test("what fits where it was before takes no further room", async () => {
  await using dir = await makeTempDir();
  using spill = new ArrivalSpill(dir.path("."));
  spill.put(0, plain(1, 2, 3));
  const { byteLength } = spill;
  for (let i = 0; i < 5; i++) spill.put(0, plain(i, i, i));
  assert.deepEqual([spill.byteLength, spill.get(0)], [byteLength, plain(4, 4, 4)]);
});

test("its file has no name", async () => {
  await using dir = await makeTempDir();
  using spill = new ArrivalSpill(dir.path("."));
  spill.put(0, plain(1));
  assert.deepEqual(await readdir(dir.path(".")), []);
});

test("a directory that is not there is an expected failure", async () => {
  await using dir = await makeTempDir();
  using spill = new ArrivalSpill(dir.path("missing"));
  assert.throws(() => spill.put(0, plain(1)), failsWith("output-failed", /missing.*no such file/));
});
