/* detect/site.c: see site.h. */
#include "detect/site.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/proto.h"

void site_init(struct site *s)
{
	s->net_count = s->allow_count = s->window_count = s->limit_count = 0;
	s->rule_file_count = s->rule_off_count = 0;
	snprintf(s->zones[0], SITE_NAME, "unknown");
	snprintf(s->zones[1], SITE_NAME, "internet");
	s->zone_count = 2;
}

/* ---- addresses ---- */

bool net_parse(const char *text, struct net *ret)
{
	char room[64];
	uint8_t v4[4];
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	unsigned long bits = 0;
	struct net net = { .bits = 128 };

	if (n >= sizeof(room))
		return false;
	memcpy(room, text, n);
	room[n] = '\0';
	bool four = inet_pton(AF_INET, room, v4) == 1;

	if (four) {
		net.ip[10] = net.ip[11] = 0xff;
		memcpy(net.ip + 12, v4, sizeof(v4));
	} else if (inet_pton(AF_INET6, room, net.ip) != 1) {
		return false;
	}
	if (slash != NULL) {
		char *end;

		bits = strtoul(slash + 1, &end, 10);
		if (!isdigit((unsigned char)slash[1]) || *end != '\0' || bits > (four ? 32 : 128))
			return false;
		net.bits = (uint8_t)(four ? bits + 96 : bits);
	}
	*ret = net;
	return true;
}

bool net_has(const struct net *n, const uint8_t ip[16])
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;

	return memcmp(n->ip, ip, whole) == 0 &&
	       (rest == 0 || ((n->ip[whole] ^ ip[whole]) >> (8 - rest)) == 0);
}

bool mac_parse(const char *text, uint8_t mac[6])
{
	unsigned b[6];
	char more;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &more) != 6)
		return false;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return true;
}

/* An address of the Internet at large: not private (RFC 1918, RFC 4193), link-local, loopback, shared
 * (RFC 6598), a group, or unset. */
static bool is_internet(const uint8_t ip[16])
{
	static const char *const inside[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
					      "169.254.0.0/16", "127.0.0.0/8", "100.64.0.0/10",
					      "0.0.0.0/8", "224.0.0.0/3" };
	struct net net;

	if (ip_is_zero(ip) || ip_is_group(ip))
		return false;
	if (!ip_is_v4(ip))
		return (ip[0] & 0xe0) == 0x20;		/* RFC 4291, 2.4: global unicast as assigned so far */
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		if (net_parse(inside[i], &net) && net_has(&net, ip))
			return false;
	return true;
}

unsigned site_zone(const struct site *s, const uint8_t ip[16])
{
	int best = -1;
	unsigned zone = 0;

	for (unsigned i = 0; i < s->net_count; i++)
		if (net_has(&s->nets[i].net, ip) && s->nets[i].net.bits > best) {
			best = s->nets[i].net.bits;
			zone = s->nets[i].zone;
		}
	return best >= 0 ? zone : is_internet(ip) ? 1 : 0;
}

/* ---- texts ---- */

static int lower(int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

/* Without recursion: only the last '*' is ever tried again, which is enough. */
bool glob_fits(const char *glob, const char *text, size_t n)
{
	const char *star = NULL;
	size_t i = 0, mark = 0;

	for (;;) {
		if (*glob == '*') {
			star = ++glob;
			mark = i;
			continue;
		}
		if (i == n && *glob == '\0')
			return true;
		bool any = *glob == '?';
		size_t step = *glob == '\\' && (glob[1] == '*' || glob[1] == '?' || glob[1] == '\\') ? 1 : 0;

		if (i < n && *glob != '\0' &&
		    (any || lower((uint8_t)glob[step]) == lower((uint8_t)text[i]))) {
			glob += step + 1;
			i++;
			continue;
		}
		if (star == NULL || mark >= n)
			return false;
		glob = star;
		i = ++mark;
	}
}

/* ---- who may, when, and what is sane ---- */

static bool fits(const struct who_where *w, const struct side *s)
{
	if (w->anybody)
		return true;
	return w->by_mac ? memcmp(w->mac, s->mac, sizeof(w->mac)) == 0 :
			   !ip_is_zero(s->ip) && net_has(&w->net, s->ip);
}

bool site_allows(const struct site *s, const struct obs *o, const char *object, unsigned word)
{
	for (unsigned i = 0; i < s->allow_count; i++) {
		const struct allow *a = &s->allows[i];

		if ((a->proto == 0 || a->proto == o->rec.proto) &&
		    (a->words == 0 || (word < ALLOW_WORDS && (a->words >> word & 1) != 0)) &&
		    fits(&a->actor, &o->actor) && fits(&a->device, &o->device) &&
		    (a->object[0] == '\0' || glob_fits(a->object, object, strlen(object))))
			return true;
	}
	return false;
}

bool site_in_window(const struct site *s, const struct side *device, int64_t at_ns)
{
	time_t seconds = (time_t)(at_ns / NS_PER_S);
	struct tm tm;

	if (s->window_count == 0 || localtime_r(&seconds, &tm) == NULL)
		return false;
	unsigned minute = (unsigned)(tm.tm_hour * 60 + tm.tm_min), today = 1u << tm.tm_wday;
	unsigned yesterday = 1u << (tm.tm_wday + 6) % 7;

	for (unsigned i = 0; i < s->window_count; i++) {
		const struct window *w = &s->windows[i];
		bool over = w->to_min <= w->from_min;	/* past midnight */

		if (!fits(&w->device, device))
			continue;
		if ((w->days & today) != 0 && minute >= w->from_min && (over || minute < w->to_min))
			return true;
		if (over && (w->days & yesterday) != 0 && minute < w->to_min)
			return true;
	}
	return false;
}

bool site_outside_limits(const struct site *s, const struct obs *o, const char *object, double value)
{
	bool outside = false;

	for (unsigned i = 0; i < s->limit_count; i++) {
		const struct object_limit *l = &s->limits[i];

		if ((l->proto == 0 || l->proto == o->rec.proto) && fits(&l->device, &o->device) &&
		    glob_fits(l->object, object, strlen(object)))
			outside = outside || value < l->low || value > l->high;
	}
	return outside;
}
