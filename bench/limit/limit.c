#define _GNU_SOURCE
#include "limit.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "uring.h"

enum {
	EXIT_NOT_ALLOWED = 3, /* a limit of this machine is in the way: of files, or of io_uring */
	SPARE_FILES = 64,     /* of a process, for everything but its connections */
	PORT_SHARE = 12000,   /* connections to one port */
	LIFETIME_S = 300,
	SETTLED_KIB = 512, /* freed in half a second: the rest of the machine is at work as well */
	GAP_NS = 1000000000, /* as between the broadcasts of `iotb measure`: sockets cool down meanwhile */
};

uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

_Noreturn void fail(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	_exit(1);
}

void futex_wait(_Atomic uint32_t *word, uint32_t seen)
{
	struct timespec most = { .tv_nsec = 100000000 };
	syscall(SYS_futex, word, FUTEX_WAIT, seen, &most, NULL, 0);
}

void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static pid_t children[2 * MOST_PROCESSES];
static uint32_t started;

/* Ends the children, which know no end of their own: the readers first, or they would complain of the writers' resets. */
static void end_children(void)
{
	while (started > 0)
		kill(children[--started], SIGKILL);
	while (wait(NULL) > 0)
		;
}

static void start(const struct plan *plan, struct shared *shared, uint32_t number,
		  void (*run)(const struct plan *, struct shared *, uint32_t))
{
	pid_t parent = getpid();
	pid_t child = fork();
	if (child < 0)
		fail("fork");
	if (child > 0) {
		children[started++] = child;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	started = 0;
	alarm(LIFETIME_S);
	if (plan->pinned) {
		cpu_set_t core;
		CPU_ZERO(&core);
		CPU_SET(number % (uint32_t)sysconf(_SC_NPROCESSORS_ONLN), &core);
		if (sched_setaffinity(0, sizeof core, &core) != 0)
			fail("pin");
	}
	run(plan, shared, number);
	_exit(1);
}

/* Sleeps until *word is `wanted`. A child that has ended meanwhile said why. */
static void wait_for(_Atomic uint32_t *word, uint32_t wanted)
{
	for (uint32_t seen; (seen = atomic_load(word)) != wanted;) {
		futex_wait(word, seen);
		if (waitpid(-1, NULL, WNOHANG) > 0) {
			end_children();
			exit(1);
		}
	}
}

static long available_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = 0;
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kib;
}

/* The kernel gives back the sockets of an earlier run long after its processes have ended: until it has, for 20 s at most. */
static long settled_kib(void)
{
	long seen = available_kib();
	for (int i = 0; i < 40; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 500000000 }, NULL);
		long now = available_kib();
		if (now - seen < SETTLED_KIB)
			break;
		seen = now;
	}
	return available_kib();
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, uint32_t count)
{
	qsort(values, count, sizeof *values, by_size);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static void measure(const struct plan *plan, struct shared *shared, rlim_t files)
{
	long before = settled_kib();
	uint64_t began = now_ns();
	for (uint32_t w = 0; w < plan->writers; w++)
		start(plan, shared, w, run_writer);
	wait_for(&shared->listening, plan->writers);
	for (uint32_t r = 0; r < plan->readers; r++)
		start(plan, shared, r, run_reader);
	wait_for(&shared->online, plan->writers + plan->readers);
	double connect_seconds = (double)(now_ns() - began) / 1e9;
	long after = available_kib();
	double rates[plan->rounds];
	printf("{\"mode\":\"%s\",\"connections\":%u,\"bytes\":%u,\"writers\":%u,\"readers\":%u,\"pinned\":%s,\"files\":%lu,\"rates\":[",
	       plan->mode == EPOLL ? "epoll" : "io_uring", plan->connections, plan->bytes, plan->writers, plan->readers,
	       plan->pinned ? "true" : "false", (unsigned long)files);
	for (uint32_t round = 0; round < plan->rounds; round++) {
		nanosleep(&(struct timespec){ .tv_sec = GAP_NS / 1000000000, .tv_nsec = GAP_NS % 1000000000 }, NULL);
		uint64_t started_at = now_ns(), ended_at = 0;
		atomic_fetch_add(&shared->round, 1);
		futex_wake(&shared->round);
		wait_for(&shared->done, (round + 1) * plan->readers);
		for (uint32_t r = 0; r < plan->readers; r++) {
			if (shared->reader[r].ended_at_ns > ended_at)
				ended_at = shared->reader[r].ended_at_ns;
		}
		rates[round] = plan->connections / ((double)(ended_at - started_at) / 1e9);
		printf("%s%.0f", round > 0 ? "," : "", rates[round]);
	}
	uint64_t received = 0;
	for (uint32_t r = 0; r < plan->readers; r++)
		received += atomic_load(&shared->reader[r].received);
	if (received != (uint64_t)plan->connections * plan->bytes * plan->rounds)
		fail("bytes were lost");
	printf("],\"deliveriesPerSecond\":%.0f,\"connectsPerSecond\":%.0f,\"memoryBytesPerConnection\":%.0f,\"receivedBytes\":%lu}\n",
	       median(rates, plan->rounds), plan->connections / connect_seconds,
	       1024.0 * (double)(before - after) / plan->connections, (unsigned long)received);
}

static uint32_t number(const char *text, uint32_t least, uint32_t most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*text == '\0' || *end != '\0' || value < least || value > most) {
		fprintf(stderr, "limit: %s is no number from %u to %u\n", text, least, most);
		exit(2);
	}
	return (uint32_t)value;
}

int main(int argc, char **argv)
{
	if (argc < 7) {
		fputs("usage: limit epoll|io_uring CONNECTIONS BYTES ROUNDS WRITERS READERS [pinned]\n", stderr);
		return 2;
	}
	struct plan plan = {
		.mode = strcmp(argv[1], "io_uring") == 0 ? IO_URING : EPOLL,
		.connections = number(argv[2], 1, 4000000),
		.bytes = number(argv[3], 1, 4096),
		.rounds = number(argv[4], 1, 100),
		.writers = number(argv[5], 1, MOST_PROCESSES),
		.readers = number(argv[6], 1, MOST_PROCESSES),
		.pinned = argc > 7 && strcmp(argv[7], "pinned") == 0,
	};
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	uint32_t fewer = plan.writers < plan.readers ? plan.writers : plan.readers;
	uint32_t most = share_of(plan.connections, fewer, 0);
	if (most + SPARE_FILES > files.rlim_max) {
		fprintf(stderr, "limit: a process may open %lu files (ulimit -Hn) and would need %u: more processes are needed\n",
			(unsigned long)files.rlim_max, most + SPARE_FILES);
		return EXIT_NOT_ALLOWED;
	}
	plan.ports_per_writer = (share_of(plan.connections, plan.writers, 0) + PORT_SHARE - 1) / PORT_SHARE;
	if (plan.ports_per_writer > MOST_PORTS) {
		fputs("limit: too many connections for one writer: more of them are needed\n", stderr);
		return EXIT_NOT_ALLOWED;
	}
	if (plan.mode == IO_URING && !uring_allowed()) {
		fprintf(stderr, "limit: io_uring is not allowed: %s\n", strerror(errno));
		return EXIT_NOT_ALLOWED;
	}
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("shared memory");
	/* a parent that is killed takes its children along; one that hangs ends itself */
	alarm(LIFETIME_S);
	atexit(end_children);
	measure(&plan, shared, files.rlim_max);
	return 0;
}
