#!/bin/sh
# Wrong input gets one clear line in either language, the right exit code, and leaves nothing half-written.
cd "$(dirname "$0")/../.." || exit 2
koban=${KOBAN:-build/debug/koban}
case $koban in /*) ;; *) koban=$PWD/$koban ;; esac
place=$(mktemp -d) || exit 2
trap 'umount "$place/full" 2>/dev/null; rm -rf "$place"' EXIT
n=0

ok() { n=$((n + 1)); echo "ok $n - $1"; }
bad() { n=$((n + 1)); echo "not ok $n - $1"; shift; for line; do echo "# $line"; done; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }

# refused WHAT CODE PATTERN_EN PATTERN_JA ARGS...: exit code, exactly one line that begins with our name and says it
refused() {
	what=$1 code=$2 en=$3 ja=$4 command=$5
	shift 5
	for lang in en ja; do
		"$koban" "$command" --lang $lang "$@" >"$place/out" 2>"$place/err" </dev/null
		got=$?
		pattern=$en
		[ $lang = ja ] && pattern=$ja
		if [ $got -eq "$code" ] && [ "$(wc -l <"$place/err")" -eq 1 ] && [ ! -s "$place/out" ] &&
		   grep -q '^koban: ' "$place/err" && grep -q -- "$pattern" "$place/err"; then
			ok "$what ($lang)"
		else
			bad "$what ($lang)" "exit $got, wanted $code" "$(head -3 "$place/err")" "$(head -3 "$place/out")"
		fi
	done
}

absent() {	# nothing by these names may be left
	what=$1
	shift
	for name; do
		[ -e "$name" ] && { bad "$what leaves nothing" "$name is there"; return; }
	done
	ok "$what leaves nothing"
}

# A capture of two frames, made here: head, then two ARP requests.
frame='\000\000\000\000\000\000\000\000\052\000\000\000\052\000\000\000'
arp='\377\377\377\377\377\377\002\000\000\000\000\001\010\006\000\001\010\000\006\004\000\001\002\000\000\000\000\001\012\000\000\001\000\000\000\000\000\000\012\000\000\002'
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\004\000\001\000\000\000' >"$place/good.pcap"
for i in 1 2; do printf "$frame$arp" >>"$place/good.pcap"; done
head -c 100 "$place/good.pcap" >"$place/cut.pcap"
head -c 9000 /dev/zero | tr '\0' 'x' >"$place/text.pcap"
: >"$place/empty.pcap"
gzip -c "$place/good.pcap" | head -c 12 >"$place/packed.gz"
mkdir "$place/folder"

printf '\324\303\262\241\011\000\011\000\000\000\000\000\000\000\000\000\000\000\000\000\001\000\000\000' >"$place/later.pcap"
refused "a pcap of a later version" 1 "version of the pcap" "版が違う" read "$place/later.pcap"
refused "a packed file cut too early" 1 "gzip data ends too early" "gzip圧縮のデータが途中" read "$place/packed.gz"
refused "a capture for a rule that is none" 1 "the file is empty" "空" rules test new-reader "$place/empty.pcap"
refused "not a capture" 1 "not a capture file" "通信の記録" read "$place/text.pcap"
refused "not a capture, with a database named" 1 "not a capture file" "通信の記録" \
	read "$place/text.pcap" --db "$place/none.db" --eve "$place/none.json"
absent "a refused input" "$place/none.db" "$place/none.json" "$place/none.json.part"
refused "an empty file" 1 "empty" "空" read "$place/empty.pcap"
refused "a folder" 1 "folder" "フォルダー" read "$place/folder"
refused "no such file" 1 "no such file" "ありません" read "$place/nothing.pcap"
refused "the second of two files is bad" 1 "text.pcap" "text.pcap" read "$place/good.pcap" "$place/text.pcap" --db "$place/none.db"
absent "a refused second input" "$place/none.db"
refused "no file at all" 2 "which capture" "どのファイル" read
refused "an unknown option" 2 "no option '--dbb'" "「--dbb」" read --dbb x "$place/good.pcap"
refused "an option without its value" 2 "needs a value" "値が必要" read "$place/good.pcap" --db
refused "a database without a name" 2 "'--db' needs a value" "値が必要" read --learn "$place/good.pcap" --db ""
refused "a file without a name" 2 "one word too many" "余分" read ""
refused "a word behind a list of rules" 2 "'foo' is one word too many" "「foo」は余分" rules list foo
refused "a word that is not possible" 2 "news|all" "news|all" read "$place/good.pcap" --observations some
refused "workers that are no number" 2 "1 to 64" "1から64" read "$place/good.pcap" --workers many
refused "too many workers" 2 "1 to 64" "1から64" read "$place/good.pcap" --workers 65
refused "a tap without a file" 2 "NAME=FILE" "名前=ファイル" read --tap office
refused "learning without a database" 2 "needs --db" "--db" read --learn "$place/good.pcap"
refused "strict EVE without EVE" 2 "needs --eve" "--eve" read --eve-strict "$place/good.pcap"
refused "a listing without a database" 2 "which database" "どのデータベース" ledger
refused "a listing of a missing database" 1 "no such database" "ありません" ledger --db "$place/none.db"
refused "an argument too many" 2 "one word too many" "余分" ledger --db x y
refused "an unknown command" 2 "no command" "コマンドはありません" reed
refused "an unknown protocol" 2 "no protocol" "ありません" protocols modbos
refused "a day that does not exist" 2 "must be a day" "2026-12-31" \
	except 1 --db x --reason y --by z --until 2026-02-30
refused "a text file as database" 1 "not a database" "データベースではありません" read "$place/good.pcap" --db "$place/text.pcap"
: >"$place/nothing.db"
refused "a listing of an empty database" 1 "is empty" "まだありません" ledger --db "$place/nothing.db"
cp "$place/good.pcap" "$place/mine.pcap"
refused "EVE over a capture" 1 "nothing was overwritten" "上書きしていません" read "$place/good.pcap" --eve "$place/mine.pcap"
refused "EVE over the database" 1 "nothing was overwritten" "上書きしていません" \
	read "$place/good.pcap" --db "$place/none.db" --eve "$place/./none.db"
cmp -s "$place/good.pcap" "$place/mine.pcap" && ok "the capture is as it was" || bad "the capture is as it was"
absent "EVE where something else is" "$place/none.db" "$place/none.db-wal" "$place/mine.pcap.part" "$place/none.db.part"
refused "a folder for EVE that is not there" 1 "no such file" "ありません" read "$place/good.pcap" --eve "$place/nowhere/eve.json"

printf 'limits:\n  flows: many\n' >"$place/bad.yml"
refused "a setting that is no number" 2 "bad.yml:2:10" "bad.yml:2行10文字目" read "$place/good.pcap" --config "$place/bad.yml"
printf 'limits:\n  flow: 10\n' >"$place/bad.yml"
refused "an unknown limit" 2 "no limit 'flow'" "「flow」" read "$place/good.pcap" --config "$place/bad.yml"
printf 'limit:\n  flows: 10\n' >"$place/bad.yml"
refused "an unknown setting" 2 "no setting 'limit'" "「limit」" read "$place/good.pcap" --config "$place/bad.yml"
printf 'limits: [\n' >"$place/bad.yml"
refused "a setting file that is not YAML" 2 "not YAML" "YAML" read "$place/good.pcap" --config "$place/bad.yml"

(cd "$place" && "$koban" read good.pcap --db :memory: >/dev/null 2>&1 && [ -s :memory: ]) 2>/dev/null &&
	ok "a database of a name that SQLite would not keep" || bad "a database of a name that SQLite would not keep"

# Damage: read as far as possible, exit 3, and the summary says where.
for lang in en ja; do
	"$koban" read "$place/cut.pcap" --lang $lang >"$place/out" 2>"$place/err"
	got=$?
	if [ $got -eq 3 ] && grep -q "cut.pcap.* 82\b" "$place/out" && [ ! -s "$place/err" ]; then
		ok "a cut file is read up to the cut ($lang)"
	else
		bad "a cut file is read up to the cut ($lang)" "exit $got" "$(cat "$place/out" "$place/err" | head -5)"
	fi
done
head -c 60 "$place/good.pcap" | "$koban" read - --lang en >"$place/out" 2>"$place/err"
got=$?
[ $got -eq 3 ] && ok "a pipe that ends early" || bad "a pipe that ends early" "exit $got" "$(head -3 "$place/err")"
"$koban" read - --lang en <"$place/good.pcap" >"$place/out" 2>"$place/err"
got=$?
[ $got -eq 0 ] && ok "standard input" || bad "standard input" "exit $got" "$(head -3 "$place/err")"

# No permission: root may read everything, so this needs somebody else.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && setpriv --reuid=65534 --clear-groups true 2>/dev/null &&
   setpriv --reuid=65534 --clear-groups test -x "$koban"; then
	chmod 755 "$place"
	cp "$place/good.pcap" "$place/secret.pcap"
	chmod 600 "$place/secret.pcap"
	setpriv --reuid=65534 --clear-groups "$koban" read "$place/secret.pcap" --lang en >"$place/out" 2>"$place/err"
	got=$?
	[ $got -eq 1 ] && grep -q "not allowed" "$place/err" && ok "a file we may not read" ||
		bad "a file we may not read" "exit $got" "$(head -3 "$place/err")"
	# A folder that is somebody else's: nothing can be made in it, but a database there can be read.
	mkdir "$place/theirs"
	"$koban" read "$place/good.pcap" --db "$place/theirs/a %41?.db" >/dev/null 2>&1
	chmod 644 "$place/theirs/a %41?.db"
	for what in "read $place/good.pcap --db $place/theirs/new.db" "read $place/good.pcap --eve $place/theirs/new.json"; do
		setpriv --reuid=65534 --clear-groups "$koban" $what --lang en >"$place/out" 2>"$place/err"
		got=$?
		[ $got -eq 1 ] && grep -q "not allowed" "$place/err" && ok "not allowed to $what" ||
			bad "not allowed to $what" "exit $got" "$(head -3 "$place/err")"
	done
	setpriv --reuid=65534 --clear-groups "$koban" ledger --db "$place/theirs/a %41?.db" --lang en >"$place/out" 2>"$place/err"
	got=$?
	[ $got -eq 0 ] && grep -q "Heard from" "$place/out" && ok "a database in a folder we may not write" ||
		bad "a database in a folder we may not write" "exit $got" "$(head -3 "$place/err")"
	setpriv --reuid=65534 --clear-groups "$koban" read "$place/good.pcap" --db "$place/theirs/a %41?.db" --lang en \
		>"$place/out" 2>"$place/err"
	got=$?
	[ $got -eq 1 ] && grep -q "not allowed" "$place/err" && ok "a database we may not write" ||
		bad "a database we may not write" "exit $got" "$(head -3 "$place/err")"
else
	skip "a file we may not read" "needs root and setpriv"
fi

# A full disk: neither the database nor EVE may be left half-written, what was there before stays.
if [ "$(id -u)" -eq 0 ] && mkdir "$place/full" && mount -t tmpfs -o size=64k tmpfs "$place/full" 2>/dev/null; then
	echo '{"before":1}' >"$place/full/eve.json"
	head -c 70000 /dev/zero >"$place/full/fill" 2>/dev/null
	refused "a full disk for EVE" 1 "disk is full" "いっぱい" read "$place/good.pcap" --eve "$place/full/eve.json"
	[ "$(cat "$place/full/eve.json")" = '{"before":1}' ] && ok "the old EVE file is still there" || bad "the old EVE file is still there"
	absent "a full disk for EVE" "$place/full/eve.json.part"
	refused "a full disk for the database" 1 "disk is full\|cannot be opened" "いっぱい\|開けません" \
		read "$place/good.pcap" --db "$place/full/site.db"
	absent "a full disk for the database" "$place/full/site.db" "$place/full/site.db-wal"
	umount "$place/full"
else
	skip "a full disk" "needs root and tmpfs"
fi
"$koban" read "$place/good.pcap" --eve /dev/full --lang en >"$place/out" 2>"$place/err"
got=$?
[ $got -eq 1 ] && grep -q "disk is full" "$place/err" && ok "EVE to a device that is full" ||
	bad "EVE to a device that is full" "exit $got" "$(head -3 "$place/err")"
"$koban" protocols --lang en >/dev/full 2>"$place/err"
got=$?
[ $got -eq 1 ] && grep -q "disk is full" "$place/err" && ok "a listing to a device that is full" ||
	bad "a listing to a device that is full" "exit $got" "$(head -3 "$place/err")"

# Two at once on one database: the first holds it while it waits for its input.
mkfifo "$place/pipe"
"$koban" read "$place/pipe" --db "$place/two.db" --lang en >"$place/first" 2>&1 &
first=$!
exec 3>"$place/pipe"
head -c 40 "$place/good.pcap" >&3
tries=0
while [ ! -e "$place/two.db" ] && [ $tries -lt 100 ]; do
	tail -c +41 "$place/good.pcap" | head -c 60 >&3
	sleep 0.1
	tries=$((tries + 1))
	break
done
sleep 0.5
refused "a second koban on one database" 1 "another koban" "ほかの koban" read "$place/good.pcap" --db "$place/two.db"
exec 3>&-
wait $first
[ $? -eq 3 ] && ok "the first one is not disturbed" || bad "the first one is not disturbed" "$(cat "$place/first")"
"$koban" ledger --db "$place/two.db" --lang en >"$place/out" 2>&1 && ok "its database is whole" || bad "its database is whole"
echo "1..$n"
