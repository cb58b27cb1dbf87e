import assert from "node:assert/strict";
import { test } from "node:test";
import { listEndpoints } from "../../src/cli/endpoint-list.js";

test("a few endpoints are named, more are counted", () => {
  const urls = (count: number): string[] => Array.from({ length: count }, (_, i) => `mqtt://127.0.0.1:${1883 + i}`);
  assert.equal(listEndpoints(urls(1)), "mqtt://127.0.0.1:1883");
  assert.equal(listEndpoints(urls(3)), "mqtt://127.0.0.1:1883 :1884 :1885");
  assert.equal(listEndpoints(urls(50)), "mqtt://127.0.0.1:1883 :1884 :1885 and 47 more");
});
