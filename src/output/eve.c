/* output/eve.c: the stream of EVE lines: which records wait for one another, and where the lines go. */
#include "output/eve_line.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLUSH_BYTES = 256 * 1024 };

/* ---- the stream ---- */

static void flush(struct eve *e)
{
	size_t done = 0;

	if (e->json.failed && e->error == 0)
		e->error = -ENOMEM;
	while (e->error == 0 && done < e->json.n) {
		ssize_t n = write(e->fd, e->json.p + done, e->json.n - done);

		if (n < 0 && errno != EINTR)
			e->error = -errno;
		else if (n > 0)
			done += (size_t)n;
	}
	json_reset(&e->json);
}

void eve_line_begin(struct eve *e)
{
	e->json.comma = false;
	json_open(&e->json, '{');
}

void eve_line_end(struct eve *e)
{
	json_close(&e->json, '}');
	json_newline(&e->json);
	e->lines++;
	if (e->json.n >= FLUSH_BYTES)
		flush(e);
}

static void release_all(struct eve *e)
{
	if (e->fd != STDOUT_FILENO && e->fd >= 0)
		close(e->fd);
	group_free(&e->now);
	pending_free(e->pending);
	own_free(e->own);
	free(e->ends);
	json_free(&e->json);
	free(e);
}

/* A name mistyped, or a folder's captures behind --eve by a shell's *, must not cost a database or a
 * recording: only what begins as EVE does, or is empty, is overwritten. 0 or a negative errno. */
static int may_replace(const char *path, const struct stat *st)
{
	char first = '{';
	int fd = st->st_size == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (st->st_size == 0)
		return 0;
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, &first, 1);

	close(fd);
	return n == 1 && first != '{' ? -EEXIST : 0;
}

/* The unfinished file, held until it is closed: two runs into one file would mix their lines. Returns its
 * descriptor or a negative errno. */
static int open_unfinished(const char *path)
{
	struct stat held, named;

	for (;;) {
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			int error = errno == EWOULDBLOCK ? -EBUSY : -errno;

			close(fd);
			return error;
		}
		/* Whoever held it before may have given it its name meanwhile, or taken it away. */
		if (fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
		    held.st_dev == named.st_dev && ftruncate(fd, 0) == 0)
			return fd;
		close(fd);
	}
}

/* A pipe or device is written as it is; only a file can be put in place at the end. Returns the descriptor to
 * write to, or a negative errno. */
static int open_path(struct eve *e, const char *path)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	int n = snprintf(e->path, sizeof(e->path), "%s", path);
	int t = snprintf(e->temporary, sizeof(e->temporary), "%s.part", path);

	if (n >= EVE_PATH || t >= EVE_PATH)
		return -ENAMETOOLONG;
	e->to_rename = !there || S_ISREG(st.st_mode);
	if (!e->to_rename) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		return fd < 0 ? -errno : fd;
	}
	int rc = there ? may_replace(path, &st) : 0;

	return rc != 0 ? rc : open_unfinished(e->temporary);
}

int eve_open(struct eve **ret_e, const char *path, const struct eve_options *o)
{
	struct eve *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return -ENOMEM;
	e->fd = -1;
	e->pending = pending_new();
	e->ends = calloc(EVE_ENDS, sizeof(*e->ends));
	e->own = own_new();
	if (e->pending == NULL || e->ends == NULL || e->own == NULL) {
		release_all(e);
		return -ENOMEM;
	}
	e->options = *o;
	e->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO : open_path(e, path);
	if (e->fd < 0) {
		int error = e->fd;

		release_all(e);
		return error;
	}
	*ret_e = e;
	return 0;
}

/* ---- records ---- */

/* The message being received is complete: asks wait, answers find their ask, everything else is said. */
static void group_ends(struct eve *e)
{
	struct group g = e->now, other;
	size_t at = 0;

	e->now = (struct group){ 0 };
	if (g.count == 0) {
		group_free(&g);
		return;
	}
	const struct obs *o = group_at(&g, &at);

	if (o->phase == PHASE_ASK && o->verb != VERB_MALFORMED) {
		while (pending_full(e->pending) && pending_oldest(e->pending, &other)) {
			eve_message(e, &other, NULL);
			group_free(&other);
		}
		pending_put(e->pending, &g);
	} else if (o->phase == PHASE_ANSWER && pending_take(e->pending, o->re, &other)) {
		eve_message(e, &other, &g);
		group_free(&other);
	} else {
		eve_message(e, &g, NULL);
	}
	group_free(&g);
}

/* Does this end of a file answer the request it belongs to, or is it only the body of one? What is not an
 * answer is said here as far as Suricata has an event for it. */
static bool answers_for(struct eve *e, const struct obs *o)
{
	const struct obs *ask = pending_first(e->pending, o->re);
	const struct group alone = { .p = (uint8_t *)(uintptr_t)o, .n = o->rec.size, .count = 1 };

	if (ask != NULL && ask->rec.proto == o->rec.proto && ask->code == o->code)
		return true;
	if (strcmp(proto_at(o->rec.proto)->name, "ftp_data") == 0)
		eve_message(e, &alone, NULL);
	return false;
}

/* Are they items of one message, to be said in one line? Counts only when they stand for equally many. */
static bool same_message(const struct obs *a, const struct obs *b)
{
	return a->msg == b->msg && a->times == b->times && ((a->flags ^ b->flags) & FLAG_FLOOD) == 0 &&
	       a->phase == b->phase && a->rec.proto == b->rec.proto &&
	       a->code == b->code && (a->verb == VERB_MALFORMED) == (b->verb == VERB_MALFORMED);
}

void eve_record(struct eve *e, const struct rec *r)
{
	if (r->type == REC_FLOW) {
		const struct obs *o = (const struct obs *)(const void *)r;
		struct flow_info f;

		memcpy(&f, (const uint8_t *)r + o->own.at, sizeof(f));
		if (f.event == FLOW_CLOSED) {
			group_ends(e);
			eve_flow(e, o, &f);
		}
		return;
	}
	if (r->type != REC_ACT)
		return;
	const struct obs *o = (const struct obs *)(const void *)r;

	struct transfer_own file;
	size_t at = 0;
	const struct obs *first = group_at(&e->now, &at);

	if (first != NULL && !same_message(first, o))
		group_ends(e);
	if (eve_file_of(o, &file)) {
		eve_fileinfo(e, o, &file);
		if (o->phase == PHASE_ANSWER && !answers_for(e, o))
			return;
	}
	if (!group_add(&e->now, o) && e->error == 0)
		e->error = -ENOMEM;
}

/* ---- the end ---- */

int eve_error(const struct eve *e)
{
	return e->error;
}

int eve_finish(struct eve *e, uint64_t *ret_lines)
{
	struct group g;

	group_ends(e);
	while (pending_oldest(e->pending, &g)) {
		eve_message(e, &g, NULL);
		group_free(&g);
	}
	flush(e);
	*ret_lines = e->lines;
	/* Some disks say only when closing that they were full. */
	if (e->fd != STDOUT_FILENO && close(e->fd) != 0 && e->error == 0)
		e->error = -errno;
	e->fd = -1;
	return e->error;
}

int eve_publish(struct eve *e)
{
	int error = 0;

	if (e->to_rename && rename(e->temporary, e->path) != 0) {
		error = -errno;
		unlink(e->temporary);
	}
	release_all(e);
	return error;
}

void eve_abandon(const struct eve *e)
{
	if (e != NULL && e->to_rename)
		unlink(e->temporary);
}

void eve_discard(struct eve *e)
{
	if (e == NULL)
		return;
	eve_abandon(e);
	release_all(e);
}
