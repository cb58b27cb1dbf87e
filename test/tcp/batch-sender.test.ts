import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { BatchSender } from "../../src/tcp/batch-sender.js";
import { IdleSockets } from "../../src/tcp/idle-sockets.js";
import { allOf, pair as pairOf, patterned, shareOf, tcp } from "../support/lean-pair.js";

const idle = new IdleSockets();
const none = (): boolean => false;
const alone = tcp === null ? null : await BatchSender.open(idle, none, {});
const helped = tcp === null ? null : await BatchSender.open(idle, () => true, {});
const share = tcp === null ? undefined : shareOf(null, idle);
const pair = () => pairOf(share);

/** Ends each socket; what its peer has read by then. */
const allOfEach = (pairs: readonly Awaited<ReturnType<typeof pair>>[]): Promise<Buffer[]> =>
  Promise.all(
    pairs.map(({ socket, peer }) => {
      socket.end();
      return allOf(peer);
    }),
  );

for (const [how, sender] of [["by one thread", alone] as const, ["with the kernel's help", helped] as const])
  suite(`batches of packets, ${how}`, {
    timeout: 60_000,
    skip: sender === null && "this system sends no batches (io_uring)",
  }, () => {
    const open = (): BatchSender => {
      assert.ok(sender);
      return sender;
    };

    test("every socket gets its own packet, over more than one batch", async () => {
      const batch = open();
      const pairs = await Promise.all(Array.from({ length: batch.batchSize + 40 }, pair));
      const scratch = new Uint8Array(8);
      pairs.forEach(({ socket }, i) => {
        scratch.fill(i & 255);
        scratch[0] = i >> 8;
        assert.equal(batch.add(socket, scratch), true);
      });
      scratch.fill(0);
      batch.flush();
      const got = await allOfEach(pairs);
      got.forEach((bytes, i) => {
        assert.deepEqual([bytes.length, bytes[0], bytes[7]], [8, i >> 8, i & 255]);
      });
      for (const { peer } of pairs) peer.destroy();
      await Promise.all(pairs.map(({ owner }) => owner.heard("closed")));
    });

    test("several packets of one socket keep their order, and what a full socket does not take goes on by itself", async () => {
      const batch = open();
      const { owner, socket, peer } = await pair();
      peer.pause();
      const sent: Buffer[] = [];
      for (let i = 0; socket.isIdle; i++) {
        const packet = patterned(1000);
        packet.writeUInt32BE(i);
        sent.push(packet);
        // the batch before may have filled it
        if (!batch.add(socket, packet)) socket.write(packet);
        if (i % 3 === 2) batch.flush();
      }
      batch.flush();
      assert.ok(socket.writableLength > 0);
      assert.equal(batch.add(socket, Buffer.from("x")), false, "something waits: a batch would overtake it");
      socket.write(Buffer.from("last"));
      const all = allOf(peer);
      await owner.heard("drained");
      socket.end();
      assert.ok((await all).equals(Buffer.concat([...sent, Buffer.from("last")])));
      peer.destroy();
      await owner.heard("closed");
    });

    test("packets like one another: each differs by what was written into it, whatever its slot held before", async () => {
      const batch = open();
      const pairs = await Promise.all(Array.from({ length: batch.batchSize + 40 }, pair));
      const [first, second] = [Uint8Array.of(1, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 2)];
      for (const [round, like] of [first, second, first].entries()) {
        for (const [i, { socket }] of pairs.entries()) {
          if (i % 50 === 7) assert.equal(batch.add(socket, Uint8Array.of(9, i & 255)), true);
          else {
            const start = batch.addLike(socket.number, like);
            assert.ok(start >= 0);
            batch.memory[start + 1] = i & 255;
            batch.memory[start + 2] = round;
          }
        }
        batch.flush();
      }
      const got = await allOfEach(pairs);
      got.forEach((bytes, i) => {
        const low = i & 255;
        const own = [1, low, 0, 1, 2, low, 1, 0, 2, 1, low, 2, 1];
        assert.deepEqual([...bytes], i % 50 === 7 ? [9, low, 9, low, 9, low] : own);
      });
      for (const { peer } of pairs) peer.destroy();
      await Promise.all(pairs.map(({ owner }) => owner.heard("closed")));
      assert.equal(batch.addLike(0, first), -1, "nobody has the number any more");
      assert.equal(batch.addLike(-1, first), -1);
    });

    test("a broken connection fails by itself, the others of its batch get theirs", async () => {
      const batch = open();
      const [broken, well] = await Promise.all([pair(), pair()]);
      broken.socket.pause(); // it does not notice by reading
      broken.peer.resetAndDestroy();
      await once(broken.peer, "close");
      const said = broken.owner.said.length;
      batch.add(broken.socket, Buffer.from("lost"));
      batch.add(well.socket, Buffer.from("kept"));
      batch.flush();
      assert.equal(broken.owner.said.length, said, "nothing is told within a flush");
      well.socket.end();
      assert.equal((await allOf(well.peer)).toString(), "kept");
      await broken.owner.heard("closed");
      assert.match(broken.owner.said.at(-2) ?? "", /^failed (EPIPE|ECONNRESET)$/);
      well.peer.destroy();
      await well.owner.heard("closed");
    });

    test("a long packet, a closed socket and a closed sender are left to ordinary writes", async () => {
      const batch = await BatchSender.open(idle, none, {});
      assert.ok(batch);
      const { owner, socket, peer } = await pair();
      assert.equal(batch.add(socket, Buffer.alloc(2000)), false);
      batch[Symbol.dispose]();
      assert.equal(batch.add(socket, Buffer.from("x")), false);
      socket.destroy();
      assert.equal(open().add(socket, Buffer.from("x")), false);
      peer.destroy();
      await owner.heard("closed");
    });
  });

test("the system's help is asked for before each batch, and what it sends comes once and whole", {
  timeout: 60_000,
  skip: alone === null && "this system sends no batches (io_uring)",
}, async () => {
  let asked = 0;
  // help that comes and goes: a slot that was marked for it must not stay so
  const batch = await BatchSender.open(idle, () => asked++ % 2 === 0, {});
  assert.ok(batch);
  const pairs = await Promise.all(Array.from({ length: 600 }, pair));
  const rounds = 12;
  for (let round = 0; round < rounds; round++) {
    for (const [i, { socket }] of pairs.entries()) {
      assert.equal(batch.add(socket, Uint8Array.of(round, i >> 8, i & 255)), true);
    }
    batch.flush();
  }
  assert.equal(asked, rounds * 3, "600 packets are two full batches and a part of one");
  batch[Symbol.dispose]();
  const got = await allOfEach(pairs);
  got.forEach((bytes, i) => {
    const own = Array.from({ length: rounds }, (_, round) => [round, i >> 8, i & 255]).flat();
    assert.deepEqual([...bytes], own);
  });
  for (const { peer } of pairs) peer.destroy();
  await Promise.all(pairs.map(({ owner }) => owner.heard("closed")));
});

test("IOTB_TCP=plain and =net do without batches", async () => {
  assert.equal(await BatchSender.open(idle, none, { IOTB_TCP: "plain" }), null);
  assert.equal(await BatchSender.open(idle, none, { IOTB_TCP: "net" }), null);
});
