/*
 * The physical limit of "one small packet to each of N TCP connections" over loopback: what is left when nothing is addressed,
 * signed, parsed or timed. limit.c plans, starts and times the processes; writer.c and reader.c are their two kinds.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_PROCESSES = 256, MOST_PORTS = 4, BACKLOG = 4096, BATCH = 256 };

/* A peer that fell behind in accepting would make the kernel drop the handshake, and that costs a second. */
enum { MOST_UNACCEPTED = BACKLOG / 2 };

enum mode { EPOLL, IO_URING };

struct plan {
	enum mode mode;
	uint32_t connections, bytes, rounds, writers, readers, ports_per_writer;
	bool pinned; /* process k of each kind stays on core k mod cores */
};

/* Memory that all processes see. What is written during a round has a cache line of its own. */
struct shared {
	_Atomic uint32_t listening; /* writers whose ports are open: a futex */
	_Atomic uint32_t online;    /* processes that have all their connections: a futex */
	_Atomic uint32_t round;     /* the number of the round that writers are to write: a futex */
	_Alignas(64) _Atomic uint32_t done; /* readers that have every byte of the round: a futex */
	_Alignas(64) _Atomic uint32_t accepted, connected;
	uint16_t port[MOST_PROCESSES][MOST_PORTS];
	struct {
		_Alignas(64) uint64_t ended_at_ns; /* when its last byte of the latest round was read */
		_Atomic uint64_t received;         /* bytes since the start */
	} reader[MOST_PROCESSES];
};

void run_writer(const struct plan *, struct shared *, uint32_t writer);
void run_reader(const struct plan *, struct shared *, uint32_t reader);

/* Connection i is written by writer i mod writers and read by reader i mod readers. */
static inline uint32_t share_of(uint32_t all, uint32_t processes, uint32_t process)
{
	return all / processes + (process < all % processes);
}

uint64_t now_ns(void);
_Noreturn void fail(const char *what);
/* Sleeps while *word is `seen`, for 100 ms at most. */
void futex_wait(_Atomic uint32_t *word, uint32_t seen);
void futex_wake(_Atomic uint32_t *word);

#endif
