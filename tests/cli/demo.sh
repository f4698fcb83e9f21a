#!/bin/sh
# What script/demo shows: learning says nothing, the strangers raise exactly the alerts their own scenario names, every
# command speaks both languages, and the lines of every committed recording are as they were (eve.jsonl beside it).
# KOBAN_BLESS=1 writes those lines anew instead: see tests/captures/README.md.
cd "$(dirname "$0")/../.." || exit 2
koban=${KOBAN:-build/release/koban}
captures=tests/captures
place=$(mktemp -d) || exit 2
export LC_ALL=C.UTF-8 TZ=Asia/Tokyo
trap 'rm -rf "$place"' EXIT
n=0

ok() { n=$((n + 1)); echo "ok $n - $1"; }
bad() { n=$((n + 1)); echo "not ok $n - $1"; shift; printf '%s\n' "$@" | sed 's/^/# /' | head -20; }

read_day() {	# LANG DATABASE
	"$koban" read --lang "$1" --learn --db "$2" --eve "$place/learn.jsonl" $captures/modbus-day/capture.pcap \
		$captures/s7-day/capture.pcap
}

read_strangers() {	# LANG DATABASE
	for name in modbus-stranger s7-stop; do
		"$koban" read --lang "$1" --db "$2" --eve "$place/$name.jsonl" $captures/$name/capture.pcap || return
	done
}

# ---- the alerts ----

if read_day en "$place/site.db" >"$place/out" 2>"$place/err"; then
	ok 'two quiet days are learned'
else
	bad 'two quiet days are learned' "exit $?" "$(cat "$place/err")"
fi
alerts=$("$koban" alerts --db "$place/site.db" --format json | jq length)
[ "$alerts" = 0 ] && ! grep -q '"event_type":"alert"' "$place/learn.jsonl" && ok 'learning raises no alert' ||
	bad 'learning raises no alert' "$alerts in the database" "$(grep '"event_type":"alert"' "$place/learn.jsonl")"

read_strangers en "$place/site.db" >"$place/out" 2>"$place/err" && ok 'the strangers are read' ||
	bad 'the strangers are read' "exit $?" "$(cat "$place/err")"
wanted=$(jq -c '.alerts[] | [.actor, .device, .action, .station // null, .alert]' $captures/modbus-stranger/truth.json \
	$captures/s7-stop/truth.json | sort)
# The place of a module in its rack is no station anybody would name.
seen=$("$koban" alerts --db "$place/site.db" --format json | jq -c '.[] | select(.rule == "first-change") |
	[.actor.ip, .device.ip, .action, (.device.station | if . != null and . < 256 then . else null end), .rule]' | sort)
[ "$wanted" = "$seen" ] && ok 'exactly the alerts of the strangers are raised' ||
	bad 'exactly the alerts of the strangers are raised' "wanted $wanted" "seen   $seen"
lines=$(cat "$place/modbus-stranger.jsonl" "$place/s7-stop.jsonl" | jq -c 'select(.event_type == "alert" and .koban.rule == "first-change") |
	[.src_ip, .dest_ip, .koban.action, (.koban.device.station | if . != null and . < 256 then . else null end),
	.koban.rule]' | sort)
[ "$wanted" = "$lines" ] && ok 'the same alerts stand in the EVE lines' ||
	bad 'the same alerts stand in the EVE lines' "wanted $wanted" "seen   $lines"

rules=$("$koban" alerts --db "$place/site.db" --format json | jq -r '[.[] | select(.rule != "first-change" and .kind == "alarm").rule] | sort | join(" ")')
[ "$rules" = 'new-reader stop-then-program' ] && ok 'the rules see the stranger read, and the program change after the stop' ||
	bad 'the rules see the stranger read, and the program change after the stop' "$rules"
levels=$("$koban" alerts --db "$place/site.db" --format json | jq -r '[.[] | select(.rule == "first-change") | .action + "=" + .level] | unique | join(" ")')
[ "$levels" = 'program-write=critical stop=critical write=high' ] && ok 'a stop is worse than a changed value' ||
	bad 'a stop is worse than a changed value' "$levels"

# ---- both languages ----

for lang in en ja; do
	database=$place/$lang.db
	{
		read_day $lang "$database" && read_strangers $lang "$database" &&
			for command in ledger alerts flows observations; do
				"$koban" $command --lang $lang --db "$database" || exit
			done
	} >"$place/$lang" 2>"$place/err"
	code=$?
	[ $code -eq 0 ] && [ ! -s "$place/err" ] && ok "all of it is printed ($lang)" ||
		bad "all of it is printed ($lang)" "exit $code" "$(cat "$place/err")"
	# A key in place of its text, or a name in braces that was never filled in.
	left=$(grep -nE '\{[a-z_]+\}|(^|[^a-z.-])(proto|alerts|roles|words|summary|cli|sheet)\.[a-z]' "$place/$lang")
	[ -z "$left" ] && ok "no text is left unfinished ($lang)" || bad "no text is left unfinished ($lang)" "$left"
done
grep -q 'を\|です\|の' "$place/ja" && ! grep -q 'を\|です\|の' "$place/en" && ok 'each language is its own' ||
	bad 'each language is its own' "$(grep 'を\|です\|の' "$place/en")"
english=$(grep -nE '(^|[^A-Za-z0-9_./-])(the|was|were|seen|unknown|device|somebody|heard)([^A-Za-z0-9_.-]|$)' "$place/ja")
[ -z "$english" ] && ok 'the Japanese holds no English sentence' || bad 'the Japanese holds no English sentence' "$english"

# ---- every line of every recording ----

for folder in $captures/*/; do
	name=$(basename "$folder")
	"$koban" read --lang en --eve - --observations all "$folder/capture.pcap" 2>"$place/err" |
		grep '^{' >"$place/eve.jsonl"
	[ -n "${KOBAN_BLESS:-}" ] && cp "$place/eve.jsonl" "$folder/eve.jsonl"
	if cmp -s "$place/eve.jsonl" "$folder/eve.jsonl"; then
		ok "$name: every line as it was"
	else
		bad "$name: every line as it was" "$(diff "$folder/eve.jsonl" "$place/eve.jsonl" | cut -c1-600 | head -12)"
	fi
done
echo "1..$n"
