#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"
#include "uring.h"

enum { READ_BYTES = 4096, BUFFERS = 4096 };

static int connect_one(const struct plan *plan, struct shared *shared, uint32_t connection)
{
	/* one destination port has 28,000 source ports, and the kernel searches long for the last half of them */
	uint32_t writer = connection % plan->writers;
	uint32_t p = connection / plan->writers % plan->ports_per_writer;
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(shared->port[writer][p]) };
	while (atomic_load(&shared->connected) - atomic_load(&shared->accepted) > MOST_UNACCEPTED)
		nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	struct linger reset = { .l_onoff = 1 };
	if (fd < 0)
		fail("reader: socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	atomic_fetch_add(&shared->connected, 1);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail("reader: connect");
	return fd;
}

/* Counts bytes that came; the last of a round ends it for this process. */
static void count_bytes(struct shared *shared, uint32_t reader, uint64_t *received, uint64_t bytes, uint64_t per_round)
{
	uint64_t due = (*received / per_round + 1) * per_round;
	*received += bytes;
	if (*received < due)
		return;
	if (*received > due)
		fail("reader: more bytes than were written");
	shared->reader[reader].ended_at_ns = now_ns();
	atomic_store(&shared->reader[reader].received, *received);
	atomic_fetch_add(&shared->done, 1);
	futex_wake(&shared->done);
}

static void read_by_epoll(const struct plan *plan, struct shared *shared, uint32_t reader, const int *sockets, uint32_t count)
{
	static char buffer[READ_BYTES];
	struct epoll_event events[BATCH];
	int epoll = epoll_create1(0);
	for (uint32_t i = 0; i < count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = sockets[i] };
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event) != 0)
			fail("reader: epoll");
	}
	atomic_fetch_add(&shared->online, 1);
	futex_wake(&shared->online);
	uint64_t received = 0;
	for (;;) {
		int ready = epoll_wait(epoll, events, BATCH, -1);
		uint64_t bytes = 0;
		for (int i = 0; i < ready; i++) {
			ssize_t got = recv(events[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
			if (got <= 0 && errno != EAGAIN && errno != EINTR)
				fail("reader: recv");
			bytes += got > 0 ? (uint64_t)got : 0;
		}
		if (bytes > 0)
			count_bytes(shared, reader, &received, bytes, (uint64_t)count * plan->bytes);
	}
}

#ifdef HAS_URING
static void arm(struct uring *ring, uint32_t connection)
{
	struct io_uring_sqe *sqe = uring_sqe(ring);
	sqe->opcode = IORING_OP_RECV;
	sqe->flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
	sqe->ioprio = IORING_RECV_MULTISHOT | IORING_RECVSEND_POLL_FIRST;
	sqe->fd = (int)connection;
	sqe->user_data = connection;
}

static void read_by_uring(const struct plan *plan, struct shared *shared, uint32_t reader, const int *sockets, uint32_t count)
{
	struct uring ring;
	if (!uring_open(&ring, BATCH, 4 * BUFFERS))
		fail("reader: io_uring");
	uring_register_files(&ring, sockets, count);
	uring_provide_buffers(&ring, BUFFERS, (plan->bytes + 63) / 64 * 64);
	for (uint32_t i = 0; i < count; i++)
		arm(&ring, i);
	uring_enter(&ring, 0);
	atomic_fetch_add(&shared->online, 1);
	futex_wake(&shared->online);
	uint64_t received = 0, per_round = (uint64_t)count * plan->bytes;
	for (;;) {
		/* as many as are surely still to come, so that the process is not woken for each */
		uint64_t left = (per_round - received % per_round + plan->bytes - 1) / plan->bytes;
		uring_enter(&ring, left < BATCH ? (unsigned)left : BATCH);
		uint64_t bytes = 0;
		for (struct io_uring_cqe *cqe; (cqe = uring_peek(&ring)) != NULL; uring_taken(&ring)) {
			if (cqe->res <= 0 && cqe->res != -ENOBUFS) {
				errno = -cqe->res;
				fail("reader: io_uring: recv");
			}
			bytes += cqe->res > 0 ? (uint64_t)cqe->res : 0;
			if (cqe->flags & IORING_CQE_F_BUFFER)
				uring_return_buffer(&ring, (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT));
			/* the kernel gave it up, for want of a buffer for instance */
			if (!(cqe->flags & IORING_CQE_F_MORE))
				arm(&ring, (uint32_t)cqe->user_data);
		}
		if (bytes > 0)
			count_bytes(shared, reader, &received, bytes, per_round);
	}
}
#endif

void run_reader(const struct plan *plan, struct shared *shared, uint32_t reader)
{
	uint32_t count = share_of(plan->connections, plan->readers, reader);
	int *sockets = malloc(count * sizeof *sockets + 1);
	if (sockets == NULL)
		fail("reader: memory");
	for (uint32_t i = 0; i < count; i++)
		sockets[i] = connect_one(plan, shared, i * plan->readers + reader);
#ifdef HAS_URING
	if (plan->mode == IO_URING)
		read_by_uring(plan, shared, reader, sockets, count);
#endif
	read_by_epoll(plan, shared, reader, sockets, count);
}
