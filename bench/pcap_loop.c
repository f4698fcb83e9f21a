/* bench/pcap_loop.c: the yardstick: libpcap reads a capture file and calls a function that does nothing.
 *
 * usage: pcap_loop FILE */
#include <pcap/pcap.h>
#include <stdio.h>

static void nothing(u_char *user, const struct pcap_pkthdr *head, const u_char *bytes)
{
	(void)user;
	(void)head;
	(void)bytes;
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];

	if (argc != 2) {
		fputs("usage: pcap_loop FILE\n", stderr);
		return 2;
	}
	pcap_t *p = pcap_open_offline(argv[1], why);

	if (p == NULL) {
		fprintf(stderr, "pcap_loop: %s\n", why);
		return 1;
	}
	int rc = pcap_loop(p, -1, nothing, NULL);

	if (rc < 0)
		fprintf(stderr, "pcap_loop: %s\n", pcap_geterr(p));
	pcap_close(p);
	return rc < 0 ? 1 : 0;
}
