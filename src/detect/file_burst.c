/* detect/file_burst.c: detector "file-burst": one client turns many files of one server into something else
 * within minutes, as ransomware does.
 *
 * Signs of it: many files get the same new ending behind their name; many files are written whose bytes
 * look like noise; the same small file is left in many folders. Renaming or deleting many files is none of
 * them alone, and neither is writing many: tidying and backups do that.
 *
 * Photographs, archives and the files of office programs look like noise as well, but say in their first
 * bytes what they are; what ransomware leaves does not. And it puts it where the files were: a backup that
 * writes its new copies here and clears old ones elsewhere does not. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "detect/detector.h"
#include "detect/rule.h"

enum { WITHIN, ENDINGS, CHANGES, NOISE, BITS, NOTES, NOTE_BYTES, ORDINARY };	/* of number[] */

static const struct number numbers[] = {
	[WITHIN] = { "within", NUM_SPAN, 1, 86400 },
	[ENDINGS] = { "same-ending", NUM_COUNT, 2, TIMES_MAX },	/* put behind a name */
	[CHANGES] = { "changes", NUM_COUNT, 2, TIMES_MAX },	/* renamed, deleted; with: */
	[NOISE] = { "noise", NUM_COUNT, 1, TIMES_MAX },		/* files written that look like noise */
	[BITS] = { "noise-bits", NUM_REAL, 1, 8 },		/* ... with at least so many bits a byte */
	[NOTES] = { "notes", NUM_COUNT, 2, 8 },			/* folders with the same small file */
	[NOTE_BYTES] = { "note-bytes", NUM_COUNT, 1, 1 << 20 },
	[ORDINARY] = { "ordinary-endings", NUM_WORDS, 0, 0 },	/* that people put behind names themselves */
	{ NULL, 0, 0, 0 }
};

enum { KEPT = 4, NOTES_KEPT = 16, FOLDERS = 8, ENDING_MAX = 24, NOISY = 8 };

struct ending { char text[ENDING_MAX]; struct times times; };

struct note { uint64_t hash, folders[FOLDERS]; int64_t first_ns; unsigned folder_count; };

struct pair {
	struct ending endings[KEPT];
	struct note notes[NOTES_KEPT];
	struct times changes, noise;
	struct times replaced;	/* changes in folders where noise was written */
	uint64_t noisy[NOISY];	/* these folders */
	struct book_sum sum;		/* acts since first_ns */
	int64_t first_ns, fired_ns, last_ns;
	unsigned next_ending, next_note, next_noisy;
};

static uint32_t cap(const struct limits *l) { return l->correlations; }

static int64_t within(const struct detector *d) { return (int64_t)d->tuned->number[WITHIN]; }
static unsigned count_of(const struct detector *d, unsigned i) { return (unsigned)d->tuned->number[i]; }

/* ---- names ---- */

static struct bytes file_part(struct bytes path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/' || path.p[i - 1] == '\\')
			return (struct bytes){ path.p + i, path.n - i };
	return path;
}

/* What the new name has behind the old one: ".locked". False: it does not begin with the old one. */
static bool added_ending(struct bytes before, struct bytes after, char out[ENDING_MAX])
{
	struct bytes a = file_part(before), b = file_part(after);

	if (a.n == 0 || b.n <= a.n + 1 || b.n - a.n >= ENDING_MAX || memcmp(a.p, b.p, a.n) != 0)
		return false;
	for (size_t i = a.n; i < b.n; i++)
		out[i - a.n] = (char)tolower(b.p[i]);
	out[b.n - a.n] = '\0';
	return true;
}

static bool is_ordinary(const struct detector *d, const char *ending)
{
	ending += strspn(ending, ".-_~ ");
	if (strspn(ending, "0123456789") == strlen(ending))
		return true;		/* copies that are counted */
	for (uint32_t i = 0; i < d->tuned->word_count; i++)
		if (strcmp(d->tuned->words[i], ending) == 0)
			return true;
	return false;
}

/* ---- signs ---- */

static const struct ending *renamed(const struct detector *d, struct pair *p, const struct obs *o)
{
	struct bytes after = rec_bytes(&o->rec, o->value.raw);
	char text[ENDING_MAX];
	struct ending *e = NULL;

	if (o->value.type != VAL_TEXT || !added_ending(rec_bytes(&o->rec, o->object.name), after, text) ||
	    is_ordinary(d, text))
		return NULL;
	for (unsigned i = 0; i < KEPT; i++)
		if (strcmp(p->endings[i].text, text) == 0)
			e = &p->endings[i];
	if (e == NULL) {
		e = &p->endings[p->next_ending++ % KEPT];
		*e = (struct ending){ .text = "" };
		snprintf(e->text, sizeof(e->text), "%s", text);
	}
	times_add(&e->times, o->rec.at_ns, o->times);
	return times_within(&e->times, count_of(d, ENDINGS), o->rec.at_ns, within(d)) ? e : NULL;
}

static uint64_t folder_of(struct bytes name)
{
	return hash_bytes(name.p, name.n - file_part(name).n, 0);
}

static bool is_note_everywhere(const struct detector *d, struct pair *p, const struct obs *o,
			       const struct transfer_own *t)
{
	struct bytes name = rec_bytes(&o->rec, t->name.n > 0 ? t->name : o->object.name);
	struct bytes file = file_part(name);
	uint64_t folder = folder_of(name);
	uint64_t hash = hash_join(hash_bytes(file.p, file.n, 0), hash_bytes(t->sha256, sizeof(t->sha256), 0));
	struct note *n = NULL;

	if (t->entropy >= d->tuned->number[BITS] || t->size == 0 ||
	    t->size > (uint64_t)d->tuned->number[NOTE_BYTES])
		return false;
	for (unsigned i = 0; i < NOTES_KEPT; i++)
		if (p->notes[i].hash == hash)
			n = &p->notes[i];
	if (n == NULL || o->rec.at_ns - n->first_ns > within(d)) {
		n = n == NULL ? &p->notes[p->next_note++ % NOTES_KEPT] : n;
		*n = (struct note){ .hash = hash, .first_ns = o->rec.at_ns };
	}
	for (unsigned i = 0; i < n->folder_count; i++)
		if (n->folders[i] == folder)
			return n->folder_count >= count_of(d, NOTES);
	if (n->folder_count < FOLDERS)
		n->folders[n->folder_count++] = folder;
	return n->folder_count >= count_of(d, NOTES);
}

static bool notes_left(const struct detector *d, const struct pair *p, int64_t now_ns)
{
	for (const struct note *n = p->notes; n < p->notes + NOTES_KEPT; n++)
		if (n->folder_count >= count_of(d, NOTES) && now_ns - n->first_ns <= within(d))
			return true;
	return false;
}

/* ---- acts ---- */

static void add_up(struct pair *p, const struct obs *o)
{
	struct book_sum *s = &p->sum;

	if (s->acts == 0)
		p->first_ns = o->rec.at_ns;
	s->acts += o->times;
	s->done += o->outcome == OUT_DONE ? o->times : 0;
	s->refused += o->outcome == OUT_REFUSED ? o->times : 0;
	s->last_ns = o->rec.at_ns;
	if (s->frame_count < ALERT_FRAMES)
		s->frames[s->frame_count++] = o->rec.frame;
}

static void say(struct detector *d, struct pair *p, const struct obs *o, const char *ending)
{
	char object[ENDING_MAX + 2];
	struct finding f = { .object = ending == NULL ? NULL : object, .sum = &p->sum,
			     .first_ns = p->first_ns };

	snprintf(object, sizeof(object), "*%s", ending == NULL ? "" : ending);
	p->fired_ns = o->rec.at_ns;
	d->raise(d->ctx, d->rule, o, &f);
}

/* Kinds of files that are packed by their nature, by their first bytes (stream/transfer.c). */
static bool is_packed(const struct obs *o, const struct transfer_own *t)
{
	static const char *const kinds[] = { "zip", "gzip", "7z", "rar", "bzip2", "xz", "zstd", "cab", "pdf",
					     "png", "jpeg", "gif", "mp4", "tiff", "pe", "elf", "ole" };
	struct bytes kind = rec_bytes(&o->rec, t->magic);

	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i]) == kind.n && memcmp(kinds[i], kind.p, kind.n) == 0)
			return true;
	return false;
}

static bool is_noisy(const struct pair *p, uint64_t folder)
{
	for (unsigned i = 0; i < NOISY; i++)
		if (p->noisy[i] == folder)
			return true;
	return false;
}

static bool is_noise(const struct detector *d, struct pair *p, const struct obs *o,
		     const struct transfer_own *t)
{
	uint64_t folder = folder_of(rec_bytes(&o->rec, t->name.n > 0 ? t->name : o->object.name));

	if (t->entropy >= d->tuned->number[BITS] && !is_packed(o, t)) {
		times_add(&p->noise, o->rec.at_ns, 1);
		if (!is_noisy(p, folder))
			p->noisy[p->next_noisy++ % NOISY] = folder;
	}
	return times_within(&p->noise, count_of(d, NOISE), o->rec.at_ns, within(d));
}

static void add_change(struct pair *p, const struct obs *o)
{
	times_add(&p->changes, o->rec.at_ns, o->times);
	if (is_noisy(p, folder_of(rec_bytes(&o->rec, o->object.name))))
		times_add(&p->replaced, o->rec.at_ns, o->times);
}

static bool is_many(const struct detector *d, const struct times *t, const struct obs *o)
{
	return times_within(t, count_of(d, CHANGES), o->rec.at_ns, within(d));
}

static void act(struct detector *d, const struct subject *s)
{
	const struct obs *o = s->o;
	struct pair *p = pieces_get(&d->pieces, pair_key(o), o->rec.at_ns);
	const struct ending *ending = NULL;
	struct transfer_own t;
	bool is_file = transfer_of(o, &t) && o->verb == VERB_WRITE, moved = o->verb != VERB_WRITE;

	/* A file that is written says more when it is whole. */
	if ((!moved && !is_file) || (moved && o->phase == PHASE_ANSWER) || o->outcome == OUT_REFUSED)
		return;
	if (o->rec.at_ns - p->last_ns > within(d))
		p->sum = (struct book_sum){ 0 };
	p->last_ns = o->rec.at_ns;
	if (moved)
		add_change(p, o);
	add_up(p, o);
	if (o->verb == VERB_RENAME)
		ending = renamed(d, p, o);
	bool noise = is_file ? is_noise(d, p, o, &t) :
		     times_within(&p->noise, count_of(d, NOISE), o->rec.at_ns, within(d));
	bool notes = (is_file && is_note_everywhere(d, p, o, &t)) || notes_left(d, p, o->rec.at_ns);
	bool many = (noise && is_many(d, &p->replaced, o)) || (notes && is_many(d, &p->changes, o));
	bool goes_on = p->fired_ns != 0 && o->rec.at_ns - p->fired_ns <= within(d);

	bool burst = moved && (ending != NULL || goes_on || many);

	if (burst || (is_file && noise && notes))
		say(d, p, o, ending == NULL ? NULL : ending->text);
}

const struct detector_kind detector_file_burst = { .name = "file-burst", .numbers = numbers,
	.piece = sizeof(struct pair), .cap = cap, .act = act };
