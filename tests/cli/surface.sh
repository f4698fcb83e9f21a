#!/bin/sh
# What every command prints in both languages: help, man page, completion, listings in every format.
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh

for lang in en ja; do
	for command in read ledger alerts programs flows observations protocols rules except doctor; do
		check "help of $command ($lang)" "$koban" "$command" --help --lang $lang
		check "no key instead of a text ($lang, $command)" sh -c "
			! '$koban' $command --help --lang $lang | grep -E '(^| )(cli|summary|sheet|doctor|rules-cmd|except-cmd)\.[a-z]'"
	done
	check "help ($lang)" "$koban" help --lang $lang
	check "every option is explained ($lang)" sh -c "'$koban' read --help --lang $lang | grep -c -- '--' | grep -qx 15"
	check "doctor ($lang)" "$koban" doctor --lang $lang
	check "protocols ($lang)" "$koban" protocols --lang $lang
	check "message types of modbus ($lang)" "$koban" protocols modbus --lang $lang
done
has "remarks on a message type, in Japanese" "RFC 1350 5: 要求が見えなかったときだけ記録する" "$koban" protocols tftp --lang ja
check "language of the environment" sh -c "LC_ALL=ja_JP.UTF-8 '$koban' help | grep -q 工場"
check "--lang wins over the environment" sh -c "LC_ALL=ja_JP.UTF-8 '$koban' help --lang en | grep -q factory"
check "version" sh -c "'$koban' --version | grep -qE '^koban [0-9]+\.[0-9]+\.[0-9]+$'"
check "completion is bash" sh -c "'$koban' help --completion | bash -n"
check "completion knows the commands" bash -c "source <('$koban' help --completion); COMP_WORDS=(koban le); COMP_CWORD=1; _koban
	[ \"\${COMPREPLY[0]}\" = ledger ]"
if command -v man >/dev/null && command -v groff >/dev/null; then
	"$koban" help --man >"$place/koban.1"
	check "the man page has no mistakes" sh -c "test -z \"\$(MANWIDTH=100 man --warnings -l '$place/koban.1' 2>&1 >/dev/null)\""
	check "the man page names every command" sh -c "man -l '$place/koban.1' 2>/dev/null | grep -q 'koban observations'"
else
	say ok "the man page # SKIP man is not installed"
fi

day=tests/captures/modbus-day/capture.pcap
check "no progress bar and no colour when piped" sh -c "'$koban' read $day --db '$place/site.db' 2>'$place/bar' | cat >'$place/plain'
	! grep -q \"\$(printf '\033')\" '$place/plain' && ! [ -s '$place/bar' ]"
for lang in en ja; do
	for list in ledger alerts flows observations; do
		check "$list as table ($lang)" "$koban" $list --db "$place/site.db" --lang $lang
		check "$list as JSON ($lang)" sh -c "'$koban' $list --db '$place/site.db' --lang $lang --format json | jq -e 'type == \"array\"'"
		check "$list as CSV ($lang)" "$koban" $list --db "$place/site.db" --lang $lang --format csv
		check "$list as CSV begins with a byte order mark ($lang)" sh -c "
			'$koban' $list --db '$place/site.db' --lang $lang --format csv | head -c3 | od -An -tx1 | grep -q 'ef bb bf'"
	done
	check "doctor with a database ($lang)" "$koban" doctor --db "$place/site.db" --lang $lang
done
check "the table says over what it was seen" sh -c "'$koban' ledger --db '$place/site.db' --lang en | grep -q 'not seen so far'"
check "CSV lines have as many cells as the heading" sh -c "'$koban' ledger --db '$place/site.db' --format csv --lang en |
	python3 -c 'import csv,sys; r=list(csv.reader(sys.stdin)); sys.exit(len(set(map(len,r))) != 1 or len(r) < 3)'"
if script -qec true /dev/null >/dev/null 2>&1; then
	check "colour on a terminal, none with NO_COLOR" sh -c "
		script -qec \"'$koban' read tests/captures/s7-stop/capture.pcap --lang en\" /dev/null | grep -q \"\$(printf '\033')\\[1\" &&
		! NO_COLOR=1 script -qec \"'$koban' read tests/captures/s7-stop/capture.pcap --lang en\" /dev/null |
			grep -q \"\$(printf '\033')\\[1\""
else
	say ok "colour # SKIP script is not installed"
fi
"$koban" read tests/captures/s7-stop/capture.pcap --db "$place/stop.db" >/dev/null
for lang in en ja; do
	check "one moment is not told as a span ($lang)" sh -c "'$koban' alerts --db '$place/stop.db' --lang $lang >'$place/told'
		grep -q stop-then-program '$place/told' && ! grep -E '(20[0-9: -]{17}).{1,5}(to|から) ?\\1' '$place/told'"
	check "the ledger says when it heard the last of it ($lang)" sh -c "
		TZ=UTC '$koban' ledger --db '$place/stop.db' --lang $lang | grep -qE '08:05:00.* 08:07:00'"
done
echo "1..$n"
