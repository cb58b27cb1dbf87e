/* The few calls of io_uring that are needed here, without liburing. All are for one thread. */
#ifndef URING_H
#define URING_H

#include <stdbool.h>
#include <stdint.h>

#if __has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>
#endif
/* Headers without these know no multishot recv or no deferred task work: the mode is then left out when compiling. */
#if defined(IORING_RECV_MULTISHOT) && defined(IORING_SETUP_DEFER_TASKRUN)
#define HAS_URING 1

struct uring {
	int fd;
	unsigned *sq_tail, sq_mask, sq_entries, *cq_head, *cq_tail, cq_mask, unsubmitted;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	struct io_uring_buf_ring *buffers;
	uint8_t *memory;
	uint32_t buffer_bytes, buffer_mask;
};

/* False where the kernel does not allow it; errno says why. */
bool uring_open(struct uring *, unsigned entries, unsigned completions);
/* Connections by their place in the list from here on: saves a lookup in the table of files for each operation. */
void uring_register_files(struct uring *, const int *files, uint32_t count);
/* Group 0 of provided buffers; `count` is a power of two. */
void uring_provide_buffers(struct uring *, uint32_t count, uint32_t bytes);
void uring_return_buffer(struct uring *, uint16_t id);
/* An empty entry, there is always one: submits the earlier ones where the ring is full. */
struct io_uring_sqe *uring_sqe(struct uring *);
/* Submits what is there and waits for so many completions. */
void uring_enter(struct uring *, unsigned completions);
/* The oldest completion that was not taken yet, or null. */
struct io_uring_cqe *uring_peek(struct uring *);
void uring_taken(struct uring *);
#endif

/* Whether io_uring is of use here; where not, errno says why. */
bool uring_allowed(void);

#endif
