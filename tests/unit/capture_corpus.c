/* Every capture below KOBAN_CORPUS: the number of frames and each one's time, lengths and link type are what
 * libpcap says; where libpcap gives up (it knows one link type a file) what tshark says. Skipped without the
 * corpus or without libpcap.
 *
 * Differences that are meant, and allowed for here:
 *   wire      a frame longer than its length on the wire: the wire had at least what was captured
 *   captured  libpcap cuts frames to the snap length of the file's head; the bytes are there and so given
 *   link      libpcap renumbers a few link types for the system it runs on
 *   time      negative seconds of pcap are meant without a sign; times beyond 2^62 ns stop there */
#include "capture_rows.h"

#ifdef HAVE_PCAP
#include <fcntl.h>
#include <ftw.h>
#include <pcap/pcap.h>

static struct arena arena;
static unsigned files, refused, damaged, frames, by_tshark, partial, bad;

static uint16_t link_of(int dlt)
{
	switch (dlt) {		/* the DLT_ numbers that are not LINKTYPE_ numbers on Linux, pcap/dlt.h */
	case DLT_ATM_RFC1483: return 100;
	case DLT_RAW: return 101;
	case DLT_SLIP_BSDOS: return 102;
	case DLT_PPP_BSDOS: return 103;
	default: return (uint16_t)dlt;
	}
}

struct pair { struct capture *c; const char *path; uint64_t at; bool theirs_ended; };

static void differ(const struct pair *p, const char *what, long long ours, long long theirs)
{
	print_error("%s: frame %llu: %s %lld here, %lld there\n", p->path, (unsigned long long)p->at, what,
		    ours, theirs);
	bad++;
}

static bool same(const struct pair *p, const char *what, long long ours, long long theirs)
{
	if (ours != theirs)
		differ(p, what, ours, theirs);
	return ours == theirs;
}

static bool ours_next(struct pair *p, struct frame *ret_f)
{
	if (capture_next(p->c, ret_f) != 1)
		return false;
	p->at++;
	return true;
}

/* Seconds are 32 bits without a sign in pcap; libpcap takes them for signed in one byte order only. */
static long long time_of(long long seconds, long long fraction)
{
	__int128 at = (__int128)(seconds < 0 ? (uint32_t)seconds : seconds) * NS_PER_S + fraction;

	return at > TIME_LIMIT_NS ? TIME_LIMIT_NS : (long long)at;
}

/* Frame by frame until libpcap stops. Returns how it stopped: NULL at the end. */
static const char *beside_libpcap(struct pair *p, pcap_t *pcap)
{
	struct pcap_pkthdr *head;
	const u_char *bytes;
	struct frame f;
	uint16_t link = link_of(pcap_datalink(pcap));
	uint32_t snap = (uint32_t)pcap_snapshot(pcap);
	int r;

	while ((r = pcap_next_ex(pcap, &head, &bytes)) == 1) {
		if (!ours_next(p, &f)) {
			p->at++;
			differ(p, "frames", (long long)p->at - 1, (long long)p->at);
			return NULL;
		}
		long long at = time_of(head->ts.tv_sec, head->ts.tv_usec);

		if (!same(p, "time", f.at_ns, at) ||
		    !same(p, "captured", f.n > snap ? snap : f.n, head->caplen) ||
		    !same(p, "wire", f.wire, head->len > f.n ? head->len : f.n) ||
		    !same(p, "link", f.link, link))
			return NULL;
		if (memcmp(f.p, bytes, head->caplen) != 0)
			differ(p, "bytes", 0, 1);
	}
	return r == PCAP_ERROR ? pcap_geterr(pcap) : NULL;
}

/* The same beside tshark, which reads what libpcap does not. Returns false when it is not there. */
static bool beside_tshark(struct pair *p)
{
	char command[8192], line[256];
	struct frame f;

	snprintf(command, sizeof(command),
		 "tshark -n -r \"$(cat <<'.'\n%s\n.\n)\" -T fields -e frame.time_epoch "
		 "-e frame.cap_len -e frame.len 2>/dev/null", p->path);
	FILE *tshark = popen(command, "r");

	if (tshark == NULL)
		return false;
	while (fgets(line, sizeof(line), tshark) != NULL) {
		long long seconds;
		char fraction[10];
		unsigned n, wire;

		if (sscanf(line, "%lld.%9s %u %u", &seconds, fraction, &n, &wire) != 4 || !ours_next(p, &f)) {
			differ(p, "a line of tshark without a frame here", 0, 1);
			break;
		}
		if (!same(p, "time", f.at_ns, time_of(seconds, strtoll(fraction, NULL, 10))) ||
		    !same(p, "captured", f.n, n) || !same(p, "wire", f.wire, wire > n ? wire : n))
			break;
	}
	pclose(tshark);
	if (p->at == 0)
		return false;
	while (ours_next(p, &f))
		differ(p, "a frame that tshark has not", 1, 0);
	return true;
}

static struct pair ours_open(const char *path, int *ret_r, const char **ret_what)
{
	struct pair p = { .path = path };
	uint32_t which;

	arena.used = 0;
	assert_int_equal(capture_init(&p.c, &arena, 1), 0);
	assert_int_equal(capture_add(p.c, open(path, O_RDONLY), path, 0, 0), 0);
	*ret_r = capture_start(p.c, &which, ret_what);
	return p;
}

static int compare(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char trouble[PCAP_ERRBUF_SIZE] = "";
	const char *what = NULL, *ext = strrchr(path, '.');
	const struct damage *damage;
	struct frame f;
	int r;

	(void)st;
	(void)ftw;
	if (type != FTW_F || (ext != NULL && (strcmp(ext, ".csv") == 0 || strcmp(ext, ".md") == 0)))
		return 0;
	files++;
	struct pair p = ours_open(path, &r, &what);
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, trouble);

	if (pcap == NULL || r < 0) {
		print_message("# %s: here %s, libpcap: %s\n", path, r < 0 ? what : "read", trouble);
		refused += r < 0;
		bad += pcap != NULL;
	}
	const char *stopped = pcap == NULL || r < 0 ? NULL : beside_libpcap(&p, pcap);
	uint64_t at = p.at;

	while (r == 0 && ours_next(&p, &f))
		;
	bool hurt = capture_damage(p.c, &damage) > 0;

	damaged += hurt;
	frames += (unsigned)p.at;
	if (r == 0 && (stopped != NULL || hurt || pcap == NULL)) {
		print_message("# %s: here %s at %llu after %llu, libpcap after %llu: %s\n", path,
			      hurt ? damage->what : "whole", hurt ? (unsigned long long)damage->offset : 0,
			      (unsigned long long)p.at, (unsigned long long)at, stopped ? stopped : "whole");
		bad += pcap != NULL && hurt && stopped == NULL;
	}
	if (r == 0 && at < p.at) {
		capture_done(p.c);
		p = ours_open(path, &r, &what);
		by_tshark += beside_tshark(&p);
		partial++;
	}
	capture_done(p.c);
	if (pcap != NULL)
		pcap_close(pcap);
	return 0;
}

static void corpus(void **state)
{
	const char *folder = getenv("KOBAN_CORPUS");

	(void)state;
	if (folder == NULL)
		skip();
	assert_int_equal(arena_map(&arena, capture_room(1)), 0);
	assert_int_equal(nftw(folder, compare, 16, FTW_PHYS), 0);
	print_message("# %u files, %u frames; %u refused, %u damaged, %u beyond libpcap, %u of them by "
		      "tshark\n", files,
		      frames, refused, damaged, partial, by_tshark);
	assert_true(files > 0);
	assert_int_equal(bad, 0);
	arena_unmap(&arena);
}
#else
static void corpus(void **state)
{
	(void)state;
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(corpus) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
