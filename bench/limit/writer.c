#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limit.h"
#include "uring.h"

static int listen_anywhere(uint16_t *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t bytes = sizeof at;
	int on = 1;
	struct linger reset = { .l_onoff = 1 }; /* no connection of this run shall hold its port for a minute after it */
	/* accepted sockets inherit both options */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, bytes) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &bytes) != 0)
		fail("writer: listen");
	*port = ntohs(at.sin_port);
	return fd;
}

static void accept_all(const struct plan *plan, struct shared *shared, uint32_t writer, int *sockets, uint32_t count)
{
	struct pollfd listeners[MOST_PORTS];
	for (uint32_t p = 0; p < plan->ports_per_writer; p++) {
		listeners[p].fd = listen_anywhere(&shared->port[writer][p]);
		listeners[p].events = POLLIN;
	}
	atomic_fetch_add(&shared->listening, 1);
	futex_wake(&shared->listening);
	for (uint32_t open = 0; open < count;) {
		if (poll(listeners, plan->ports_per_writer, -1) < 0 && errno != EINTR)
			fail("writer: poll");
		for (uint32_t p = 0; p < plan->ports_per_writer; p++) {
			while (open < count && (sockets[open] = accept4(listeners[p].fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
				open++;
				atomic_fetch_add_explicit(&shared->accepted, 1, memory_order_relaxed);
			}
			if (open < count && errno != EAGAIN && errno != EINTR)
				fail("writer: accept");
		}
	}
}

/* A socket whose buffer is full has to be waited for, or the packet would be torn. */
static void write_rest(int fd, const char *packet, size_t bytes)
{
	while (bytes > 0) {
		ssize_t written = send(fd, packet, bytes, MSG_NOSIGNAL);
		if (written >= 0) {
			packet += written;
			bytes -= (size_t)written;
		} else if (errno == EAGAIN) {
			struct pollfd writable = { .fd = fd, .events = POLLOUT };
			poll(&writable, 1, -1);
		} else if (errno != EINTR) {
			fail("writer: send");
		}
	}
}

#ifdef HAS_URING
static void send_in_batches(struct uring *ring, const int *sockets, uint32_t count, const char *packet, uint32_t bytes)
{
	for (uint32_t from = 0; from < count; from += BATCH) {
		uint32_t to = from + BATCH < count ? from + BATCH : count;
		for (uint32_t i = from; i < to; i++) {
			struct io_uring_sqe *sqe = uring_sqe(ring);
			sqe->opcode = IORING_OP_SEND;
			sqe->flags = IOSQE_FIXED_FILE;
			sqe->fd = (int)i;
			sqe->addr = (uint64_t)(uintptr_t)packet;
			sqe->len = bytes;
			sqe->msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
			sqe->user_data = i;
		}
		uring_enter(ring, to - from);
		struct io_uring_cqe *cqe;
		for (uint32_t i = from; i < to; i++, uring_taken(ring)) {
			if ((cqe = uring_peek(ring)) == NULL)
				fail("writer: io_uring: a completion is missing");
			if (cqe->res < 0 && cqe->res != -EAGAIN) {
				errno = -cqe->res;
				fail("writer: io_uring: send");
			}
			uint32_t sent = cqe->res > 0 ? (uint32_t)cqe->res : 0;
			write_rest(sockets[cqe->user_data], packet + sent, bytes - sent);
		}
	}
}
#endif

void run_writer(const struct plan *plan, struct shared *shared, uint32_t writer)
{
	uint32_t count = share_of(plan->connections, plan->writers, writer);
	int *sockets = malloc(count * sizeof *sockets + 1);
	char *packet = malloc(plan->bytes);
	if (sockets == NULL || packet == NULL)
		fail("writer: memory");
	memset(packet, 'x', plan->bytes);
	accept_all(plan, shared, writer, sockets, count);
#ifdef HAS_URING
	struct uring ring;
	if (plan->mode == IO_URING) {
		if (!uring_open(&ring, BATCH, 2 * BATCH))
			fail("writer: io_uring");
		uring_register_files(&ring, sockets, count);
	}
#endif
	atomic_fetch_add(&shared->online, 1);
	futex_wake(&shared->online);
	for (uint32_t round = 0;; round++) {
		while (atomic_load(&shared->round) == round)
			futex_wait(&shared->round, round);
#ifdef HAS_URING
		if (plan->mode == IO_URING) {
			send_in_batches(&ring, sockets, count, packet, plan->bytes);
			continue;
		}
#endif
		for (uint32_t i = 0; i < count; i++)
			write_rest(sockets[i], packet, plan->bytes);
	}
}
