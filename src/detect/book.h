/* detect/book.h: alerts that are open, and exceptions from them.
 *
 * One alert stands for all acts of one kind until nothing was added for its silence. */
#ifndef DETECT_BOOK_H
#define DETECT_BOOK_H

#include "core/arena.h"
#include "detect/detect.h"

enum { EXCEPTIONS_MAX = 4096 };
#define NO_ALERT UINT32_MAX

struct book_key { uint64_t rule, actor, device, more; };	/* what makes two acts one alert */

struct book;

struct book_options {
	const struct limits *limits;
	struct ledger *ledger;
	uint64_t first_id;
};

int book_new(struct book **ret_book, const struct book_options *o);
void book_free(struct book *b);

/* The newest alert of this kind, which is the one that may still be open. NO_ALERT: none. */
uint32_t book_find(const struct book *b, const struct book_key *key);

/* Opens one; a holds everything but id and counts. NO_ALERT: the cap was hit. */
uint32_t book_open(struct book *b, const struct book_key *key, const struct alert *a);
void book_raised(struct book *b, uint32_t alert, alert_sink *sink, void *ctx);
const struct alert *book_alert(const struct book *b, uint32_t alert);

/* Adds an act: its count, time and outcome, and its frame to the evidence; says so later. */
void book_add(struct book *b, uint32_t alert, const struct obs *o);

/* Adds acts that were counted elsewhere. */
struct book_sum { uint64_t acts, done, refused, unanswered; int64_t last_ns; uint64_t frames[ALERT_FRAMES];
		  uint8_t frame_count; };
void book_sum(struct book *b, uint32_t alert, const struct book_sum *sum);

/* Answers to the act of this name are to be added to it. */
void book_await(struct book *b, uint32_t alert, uint64_t name);

/* Adds an answer to the alerts of the act it names. */
void book_answer(struct book *b, const struct obs *o);
void book_outcome(struct book *b, uint32_t alert, const struct obs *o);
void book_touch(struct book *b, uint32_t alert);

/* The minute of capture time something was last added to it. */
int64_t book_minute(const struct book *b, uint32_t alert);
void book_clock(struct book *b, int64_t minute);

/* Says what changed since the last time. */
void book_say(struct book *b, alert_sink *sink, void *ctx);

/* ---- exceptions ---- */

bool book_except(struct book *b, const struct exception_row *row);
/* NULL after the last */
const struct exception_row *book_exception_at(const struct book *b, uint32_t i);

/* The one that keeps this alert quiet; -1: none. folds: acts of it may come late, so that one that ends holds
 * for the whole run. */
int book_excepted(const struct book *b, const struct alert *a, bool folds);
void book_hit(struct book *b, int exception, const struct obs *o);
/* Does it still hold? */
bool book_holds(const struct book *b, int exception, bool folds);

uint32_t book_used(const struct book *b);
uint64_t book_refused(const struct book *b);

/* How an end is called in an alert. role: "unknown" when nobody knows, or guesses; "" when it changed in this
 * run. */
struct party;
void name_party(struct book *b, char name[ALERT_TEXT], char role[32], const struct party *p,
		const struct side *s);

#endif
