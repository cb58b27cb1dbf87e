#define _GNU_SOURCE
#include "uring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "limit.h"

#ifdef HAS_URING
bool uring_open(struct uring *ring, unsigned entries, unsigned completions)
{
	struct io_uring_params p = {
		/* deferred: completions are gathered and do not interrupt the process one by one */
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
		.cq_entries = completions,
	};
	memset(ring, 0, sizeof *ring);
	ring->fd = (int)syscall(SYS_io_uring_setup, entries, &p);
	if (ring->fd < 0)
		return false;
	size_t sq_bytes = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	size_t cq_bytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	/* since Linux 5.4 one mapping holds both rings, and multishot recv is younger */
	char *rings = mmap(NULL, sq_bytes > cq_bytes ? sq_bytes : cq_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			   ring->fd, IORING_OFF_SQ_RING);
	void *sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			  ring->fd, IORING_OFF_SQES);
	if (rings == MAP_FAILED || sqes == MAP_FAILED)
		return false;
	ring->sq_tail = (unsigned *)(rings + p.sq_off.tail);
	ring->sq_mask = p.sq_entries - 1;
	ring->sq_entries = p.sq_entries;
	ring->cq_head = (unsigned *)(rings + p.cq_off.head);
	ring->cq_tail = (unsigned *)(rings + p.cq_off.tail);
	ring->cq_mask = p.cq_entries - 1;
	ring->cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
	ring->sqes = sqes;
	unsigned *array = (unsigned *)(rings + p.sq_off.array);
	for (unsigned i = 0; i < p.sq_entries; i++)
		array[i] = i;
	return true;
}

void uring_register_files(struct uring *ring, const int *files, uint32_t count)
{
	if (syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_FILES, files, count) != 0)
		fail("io_uring: register files");
}

void uring_return_buffer(struct uring *ring, uint16_t id)
{
	uint16_t tail = ring->buffers->tail;
	struct io_uring_buf *buffer = &ring->buffers->bufs[tail & ring->buffer_mask];
	buffer->addr = (uint64_t)(uintptr_t)(ring->memory + (size_t)id * ring->buffer_bytes);
	buffer->len = ring->buffer_bytes;
	buffer->bid = id;
	__atomic_store_n(&ring->buffers->tail, (uint16_t)(tail + 1), __ATOMIC_RELEASE);
}

void uring_provide_buffers(struct uring *ring, uint32_t count, uint32_t bytes)
{
	ring->buffers = mmap(NULL, count * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ring->memory = malloc((size_t)count * bytes);
	if (ring->buffers == MAP_FAILED || ring->memory == NULL)
		fail("memory for buffers");
	ring->buffer_bytes = bytes;
	ring->buffer_mask = count - 1;
	struct io_uring_buf_reg reg = { .ring_addr = (uint64_t)(uintptr_t)ring->buffers, .ring_entries = count };
	if (syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_PBUF_RING, &reg, 1) != 0)
		fail("io_uring: provide buffers");
	for (uint32_t id = 0; id < count; id++)
		uring_return_buffer(ring, (uint16_t)id);
}

struct io_uring_sqe *uring_sqe(struct uring *ring)
{
	if (ring->unsubmitted == ring->sq_entries)
		uring_enter(ring, 0);
	unsigned tail = *ring->sq_tail;
	struct io_uring_sqe *sqe = &ring->sqes[tail & ring->sq_mask];
	memset(sqe, 0, sizeof *sqe);
	/* read by the kernel in uring_enter only */
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	ring->unsubmitted++;
	return sqe;
}

void uring_enter(struct uring *ring, unsigned completions)
{
	do {
		int taken = (int)syscall(SYS_io_uring_enter, ring->fd, ring->unsubmitted, completions,
					 completions > 0 ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
		if (taken < 0 && errno != EINTR)
			fail("io_uring: enter");
		if (taken > 0)
			ring->unsubmitted -= (unsigned)taken;
	} while (ring->unsubmitted > 0);
}

struct io_uring_cqe *uring_peek(struct uring *ring)
{
	unsigned head = *ring->cq_head;
	return head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) ? NULL : &ring->cqes[head & ring->cq_mask];
}

void uring_taken(struct uring *ring)
{
	__atomic_store_n(ring->cq_head, *ring->cq_head + 1, __ATOMIC_RELEASE);
}

bool uring_allowed(void)
{
	struct uring ring;
	if (!uring_open(&ring, 8, 16))
		return false;
	close(ring.fd); /* the mappings go with the process */
	return true;
}
#else
bool uring_allowed(void)
{
	errno = ENOSYS;
	return false;
}
#endif
