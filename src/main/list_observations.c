/* main/list_observations.c: `koban observations`: who did what to which object. */
#include "main/listing.h"
#include "main/say.h"
#include "main/summary.h"
#include "model/meaning.h"

static const struct sheet_column object_columns[] = {
	{ "actor", 0, false }, { "actor_ip", COLUMN_WIDE, false }, { "action", 0, false },
	{ "device", 0, false }, { "device_ip", COLUMN_WIDE, false }, { "proto", 0, false },
	{ "object", 0, false }, { "meaning", COLUMN_WIDE, false }, { "category", COLUMN_WIDE, false },
	{ "value", 0, false }, { "count", COLUMN_RIGHT, true },
	{ "done", COLUMN_WIDE, true }, { "refused", COLUMN_WIDE, true }, { "unanswered", COLUMN_WIDE, true },
	{ "code", COLUMN_WIDE, true }, { "first", COLUMN_WIDE, false }, { "last", 0, false },
	{ "frame", COLUMN_WIDE, true }, { NULL, 0, false } };

/* What the object means and what kind of thing that is; both empty when nobody said. */
static void meant(struct listing *l, const struct object_row *o, const struct side *device)
{
	struct object_meaning m;
	char meaning[ALERT_TEXT];
	bool known = object_meaning_of(o->proto, o->object, device, &m);

	if (known)
		meaning_text(meaning, sizeof(meaning), l->lang, &m);
	sheet_cell(&l->sheet, known ? meaning : "");
	sheet_cell(&l->sheet, known ? category_name(m.category) : "");
}

static bool object_listed(void *ctx, const void *row)
{
	struct listing *l = ctx;
	const struct object_row *o = row;
	char room[NAME_ROOM];
	const char *word = word_at(o->word);
	const struct side device = listing_end_side(l, o->device);

	listing_end_name(l, room, sizeof(room), o->actor, o->actor_asset);
	sheet_cell(&l->sheet, room);
	listing_end_address(l, room, o->actor);
	sheet_cell(&l->sheet, room);
	sheet_cell(&l->sheet, listing_word(l, word == NULL ? "" : word));
	listing_end_name(l, room, sizeof(room), o->device, o->device_asset);
	sheet_cell(&l->sheet, room);
	listing_end_address(l, room, o->device);
	sheet_cell(&l->sheet, room);
	sheet_cell(&l->sheet, listing_proto(l, o->proto, room, sizeof(room)));
	object_in_words(room, sizeof(room), l->lang, o->proto, o->object, &device);
	sheet_cell(&l->sheet, listing_format(l) == SHEET_TABLE ? room : o->object);
	meant(l, o, &device);
	sheet_cell(&l->sheet, o->value);
	sheet_number(&l->sheet, o->count);
	sheet_number(&l->sheet, o->done);
	sheet_number(&l->sheet, o->refused);
	sheet_number(&l->sheet, o->unanswered);
	sheet_number(&l->sheet, o->code);
	sheet_time(&l->sheet, o->first_ns);
	sheet_time(&l->sheet, o->last_ns);
	sheet_number(&l->sheet, o->frame);
	return true;
}

int cmd_observations(const struct cli *c)
{
	return listing_command(c, "observations", STORE_OBJECT, object_listed, object_columns,
			       "sheet.no-objects");
}
