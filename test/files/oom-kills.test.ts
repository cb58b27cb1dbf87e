import assert from "node:assert/strict";
import { test } from "node:test";
import { watchOomKills } from "../../src/files/oom-kills.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

test("kills are counted from the moment of watching, and not known where nothing tells", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("vmstat", "pgfault 5\noom_kill 3\nfoo 1\n");
  const since = watchOomKills(path);
  assert.equal(since(), 0);
  await dir.write("vmstat", "pgfault 5\noom_kill 5\nfoo 1\n");
  assert.equal(since(), 2);
  await dir.write("vmstat", "pgfault 5\n");
  assert.equal(since(), null);
  assert.equal(watchOomKills(dir.path("none"))(), null);
});
