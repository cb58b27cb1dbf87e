import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { RingReader } from "../../src/tcp/ring-reader.js";
import { handlers, pair, patterned, shareOf, tcp } from "../support/lean-pair.js";

const reader = tcp === null ? null : await RingReader.open(tcp, handlers, 60, {});
const share = reader === null ? undefined : shareOf(reader);

suite("reading many sockets together", {
  timeout: 60_000,
  skip: reader === null && "this system reads none together (io_uring)",
}, () => {
  test("a flood on all of them: each gets its own bytes, in order, and the wait for more counts as sleep", async () => {
    const pairs = await Promise.all(Array.from({ length: 60 }, () => pair(share)));
    const streams = pairs.map((_, i) => Buffer.concat([Buffer.of(i), patterned(20_000)]));
    // in pieces of all sorts, so that there are more of them than buffers, and longer ones than a buffer
    for (let from = 0; from < 20_001; from += 1 + (from % 1500)) {
      const to = from + 1 + (from % 1500);
      for (const [i, { peer }] of pairs.entries()) peer.write((streams[i] as Buffer).subarray(from, to));
    }
    const got = await Promise.all(pairs.map(({ owner }) => owner.gotBytes(20_001)));
    for (const [i, bytes] of got.entries()) assert.ok(bytes.equals(streams[i] as Buffer), `socket ${i}`);
    assert.ok(reader && reader.sleptUs > 0);
    for (const { peer } of pairs) peer.destroy();
    await Promise.all(pairs.map(({ owner }) => owner.heard("closed")));
  });

  test("one byte at a time, and one behind a flood, are told without another one to push them", async () => {
    const [busy, quiet] = await Promise.all([pair(share), pair(share)]);
    for (let i = 1; i <= 50; i++) {
      quiet.peer.write(Buffer.of(i));
      assert.equal((await quiet.owner.gotBytes(i)).at(-1), i);
    }
    busy.peer.write(patterned(200_000));
    await busy.owner.gotBytes(1);
    quiet.peer.write(Buffer.of(51));
    assert.equal((await quiet.owner.gotBytes(51)).at(-1), 51);
    await busy.owner.gotBytes(200_000);
    for (const { peer } of [busy, quiet]) peer.destroy();
    await Promise.all([busy, quiet].map(({ owner }) => owner.heard("closed")));
  });

  test("a socket that is closed in the middle of a flood is told nothing more; the others are", async () => {
    const [gone, other] = await Promise.all([pair(share), pair(share)]);
    gone.peer.on("error", () => undefined);
    gone.peer.write(patterned(500_000));
    other.peer.write(patterned(500_000));
    await gone.owner.gotBytes(1);
    gone.socket.destroy();
    const had = gone.owner.bytes().length;
    assert.ok((await other.owner.gotBytes(500_000)).equals(patterned(500_000)));
    await gone.owner.heard("closed");
    assert.equal(gone.owner.bytes().length, had);
    for (const { peer } of [gone, other]) peer.destroy();
    await other.owner.heard("closed");
  });

  test("once closed it may be closed again", () => {
    reader?.[Symbol.dispose]();
    reader?.[Symbol.dispose]();
  });
});
