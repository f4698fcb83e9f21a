/* main/koban.c: the program: finds the command and runs it. */
#include <errno.h>
#include <signal.h>

#include "main/cli.h"
#include "main/say.h"

static const struct command *find(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int help(enum lang lang, const char *what)
{
	const struct command *cmd = what == NULL ? NULL : find(what);

	if (what == NULL)
		cli_help(lang);
	else if (strcmp(what, "--man") == 0)
		cli_man();
	else if (strcmp(what, "--completion") == 0)
		cli_completion();
	else if (cmd != NULL)
		cli_command_help(lang, cmd);
	else
		return EXIT_USAGE;
	return EXIT_DONE;
}

static int unknown(enum lang lang, const char *what)
{
	char name[256];
	const struct text_arg args[] = {
		{ "what", printable(name, sizeof(name),
				    (struct bytes){ (const uint8_t *)what, strlen(what) }) },
		{ NULL, NULL } };

	say(lang, "cli.unknown-command", args);
	return EXIT_USAGE;
}

/* Output that did not reach its file or pipe must not look like success. */
static int finish(enum lang lang, int code)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		say_failed(lang, "cli.cannot-write", text(lang, "cli.standard-output"), errno);
		return EXIT_FAILED;
	}
	return code;
}

int main(int argc, char **argv)
{
	enum lang lang = cli_lang(argc, argv);
	static struct cli c;

	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is an error we report, not a silent death */
	if (argc < 2) {
		cli_help(lang);
		return finish(lang, EXIT_USAGE);
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("koban %s\n", KOBAN_VERSION);
		return finish(lang, EXIT_DONE);
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		const char *what = argc > 2 && strncmp(argv[2], "--lang", 6) != 0 ? argv[2] : NULL;
		int code = help(lang, what);

		return code == EXIT_USAGE ? unknown(lang, what) : finish(lang, code);
	}
	const struct command *cmd = find(argv[1]);

	if (cmd == NULL)
		return unknown(lang, argv[1]);
	c.lang = lang;
	if (!cli_parse(&c, cmd, argc - 1, argv + 1))
		return EXIT_USAGE;
	if (c.values[OPT_HELP] != NULL) {
		cli_command_help(lang, cmd);
		return finish(lang, EXIT_DONE);
	}
	return finish(lang, cmd->run(&c));
}
