#!/bin/sh
# koban rules and koban except, and the promise that folding changes no alert of any rule.
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh

stop=tests/captures/s7-stop/capture.pcap
day=tests/captures/modbus-day/capture.pcap
cat >"$place/wide.yml" <<'END'
title: everything that folds
id: t-reads
level: info
on: {verb: [read, resolve, announce, identify, publish, report, keep-alive]}
---
title: reads in two minutes
id: t-count
level: low
correlation: {type: event_count, rules: t-reads, group-by: [device], timespan: 2m, condition: {gte: 5}}
---
title: objects in a minute
id: t-values
level: low
correlation: {type: value_count, rules: t-reads, group-by: [actor], timespan: 1m, condition: {gte: 2, field: object}}
---
title: changes
id: t-changes
level: low
on: {verb: [write, stop, start, open, login, query]}
koban: {same: [actor, device, object], silence: 1m}
---
title: both
id: t-both
level: low
correlation: {type: temporal, rules: [t-reads, t-changes], generate: true, group-by: device, timespan: 5m}
---
title: no read after a change
id: t-absent
level: low
correlation: {type: absence, rules: [t-changes, t-reads], group-by: device, timespan: 1m, generate: true}
---
title: reads of controllers
id: t-role
level: low
on: {verb: read}
detection: {a: {device.role: [plc, server, gateway]}, condition: a}
---
title: reads of known values
id: t-value
level: low
on: {verb: read}
detection: {a: {value|gte: 0, value.before|exists: true}, condition: a}
koban: {same: [device, object]}
END

check "the program's own rules are good" sh -c "! '$koban' rules list 2>&1 >/dev/null | grep ."
check "a good file" "$koban" rules check "$place/wide.yml"
printf 'title: T\nid: x\nlevel: high\non: {verb: wriet}\n' >"$place/bad.yml"
has "a mistake has file, line, column and a hint" "bad.yml:4:12: 'wriet' is not a word this field can have. Did you mean 'write'?" \
	"$koban" rules check "$place/bad.yml" --lang en
check "and is an error" sh -c "! '$koban' rules check '$place/bad.yml'"
cat >"$place/many.yml" <<'END'
title: one of each
id: m-one
level: hihg
on: {protocol: modbuss, verb: [wriet, read, stpo], code: read-holding, port: 5}
detection:
  a: {device.roel: plc, value|gte: "5", actor.ip|cidr: [10.0.0.0/8, 10.0.0.0/99]}
  b: {device.port: x}
  condition: a and c
koban: {same: [actor, devcie], silence: 5s, attack: [T9999, T0831], kidn: posture, version: x}
---
title: broken yaml
id: m-two
on: {verb: [write
---
title: stands on the first
id: m-three
levle: low
correlation: {type: evnt_count, rules: [m-one, m-none], group-by: [actro, value], timespan: 5x, condition: {gte: x, lte: y}}
---
title: m-four
id: m-four
level: low
correlation: {type: event_count, rules: [m-one, m-none], timespan: 5m, condition: {gte: x, lte: y}}
---
title: detector
id: m-five
level: low
on: {verb: rename}
detector: {name: file-burst, within: 1x, same-ending: 24.5, changes: 64, noise: 64, noise-bit: 8}
---
title: unused
id: M-six
level: low
on: {protocol: [modbus, nothing], verb: read, verb: write, outcome: refused}
detection: {a: {note: no-such-note}, b: {code: cdoe}, a: [], condition: a}
---
title: nothing wrong here
id: m-seven
level: low
on: {verb: write}
END
said() {	# FILE: where the mistakes of a file are
	"$koban" rules check "$1" --lang en 2>&1 | sed -n 's/^koban: [^:]*:\([0-9]*:[0-9]*\): .*/\1/p' | sort -t: -n -k1,1 -k2,2 | tr '\n' ' '
}
check "every mistake of a file is named, once, also behind a document that is no YAML" test "$(said "$place/many.yml")" = "3:8 4:16 4:32 \
4:45 4:72 6:7 6:36 6:69 7:20 8:20 9:23 9:41 9:54 9:69 9:93 14:1 15:1 17:1 18:21 18:40 18:40 18:68 18:93 23:41 23:41 23:89 23:97 29:11 29:11 29:11 \
29:11 29:38 29:55 29:85 32:5 34:25 34:47 35:38 35:55 35:58 "
has "the rule that stands on a wrong one is named" "many.yml:23:41: the rule 'm-one' has mistakes of its own" \
	"$koban" rules check "$place/many.yml" --lang en
has "what is right counts" "1 rules good; 40 problems" "$koban" rules check "$place/many.yml" --lang en
{ printf 'title: T\nid: x\nlevel: low\non: {verb: ['; for i in $(seq 300); do printf 'x%s, ' "$i"; done; printf 'y]}\n'; } >"$place/most.yml"
check "no more than a hundred mistakes of a file, and that there are more" sh -c "
	'$koban' rules check '$place/most.yml' --lang en >'$place/said' 2>&1; [ \$(grep -c ^koban: '$place/said') = 101 ]"
has "... in Japanese" "「write」のことですか" "$koban" rules check "$place/bad.yml" --lang ja
check "a wrong rule leaves the run" "$koban" read "$day" --rules "$place/bad.yml"
has "a file that is not there" "nowhere.yml" "$koban" read "$day" --rules "$place/nowhere.yml"
mkdir "$place/folder" && cp "$place/wide.yml" "$place/folder/a.yml" && echo not yaml: [ >"$place/folder/notes.txt"
has "rules from a folder" t-values "$koban" rules list --rules "$place/folder"
has "explain, English" "Looks for:" "$koban" rules explain stop-then-program --lang en
has "explain, Japanese too" "調べること" "$koban" rules explain stop-then-program --lang en
has "explain has both numbers of ATT&CK" "T0857 → T1693.001" "$koban" rules explain modbus-firmware
has "explain of nothing" "no rule 'nothing'" "$koban" rules explain nothing --lang en
has "test, by file" "[t-changes]" "$koban" rules test "$place/wide.yml" "$day" --lang en
has "test, by id" "192.168.10" "$koban" rules test modbus-act "$day" --lang en
has "fields" "device.role" "$koban" rules fields
check "rules as JSON" sh -c "'$koban' rules list --format json | jq -e 'length > 20'"
has "also the one that is no file is explained" "(first-change)" "$koban" rules explain first-change
check "each is called something in Japanese" sh -c "
	'$koban' rules list --format json --lang ja | jq -e '[.[] | select(.words | test(\"[ぁ-んァ-ヶ一-龠]\") | not) | .rule] == []'"
check "every rule that raises alerts has sentences in both languages" sh -c "
	for id in \$('$koban' rules list --format json --lang en | jq -r '.[] | select(.state != \"counted\" and .rule != \"first-change\").rule'); do
		'$koban' rules explain \$id --lang en >'$place/one' || exit 1
		grep -q 'Why:' '$place/one' && grep -q 'なぜ' '$place/one' || { echo \"\$id has no sentences\" >&2; exit 1; }
	done"

# ---- exceptions, and rules that are off ----
db=$place/site.db
check "an alert to except" "$koban" read "$stop" --db "$db"
before=$("$koban" alerts --db "$db" --format json | jq 'map(select(.kind == "alarm")) | length')
id=$("$koban" alerts --db "$db" --format json | jq '[.[] | select(.rule == "first-change")][0].id')
has "no exception without a reason" "--reason" "$koban" except --db "$db" "$id" --lang en
has "an exception" "Exception 1 made" "$koban" except --db "$db" "$id" --reason "planned work" --by Sato --until 2099-12-31 --lang en
has "no exception from nothing" "no alert 9999" "$koban" except --db "$db" 9999 --reason x --by y --lang en
check "the same again is quiet" "$koban" read "$stop" --db "$db"
after=$("$koban" alerts --db "$db" --format json | jq 'map(select(.kind == "alarm")) | length')
check "one alert less came" sh -c "[ $((after - before)) -eq $((before - 1)) ]"
check "and was counted" sh -c "'$koban' except --db '$db' --list --format json | jq -e '.[0].hits > 0 and .[0].reason == \"planned work\"'"
has "deleted" "Exception 1 deleted" "$koban" except --db "$db" --delete 1 --lang en
check "the list is empty" sh -c "'$koban' except --db '$db' --list --format json | jq -e 'length == 0'"
has "first-change off" "first-change is off" "$koban" rules disable first-change --db "$db" --by Sato --reason noise --lang en
has "it says so" "off" "$koban" rules list --db "$db" --lang en
count=$("$koban" alerts --db "$db" --format json | jq '[.[] | select(.rule == "first-change")] | length')
check "read with it off" "$koban" read "$stop" --db "$db"
check "it emitted nothing" sh -c "[ \$('$koban' alerts --db '$db' --format json | jq '[.[] | select(.rule == \"first-change\")] | length') -eq $count ]"
has "on again" "first-change is on" "$koban" rules enable first-change --db "$db" --lang en
printf 'rules: {off: [t-changes, t-role]}\n' >"$place/off.yml"
check "off in the settings" sh -c "
	'$koban' read '$day' --rules '$place/wide.yml' --config '$place/off.yml' --db '$place/off.db' &&
	'$koban' alerts --db '$place/off.db' --format json | jq -e '[.[].rule] | any(. == \"t-changes\" or . == \"t-role\") | not'"

# ---- detectors are rules ----
ransom=tests/captures/smb-ransom/capture.pcap
has "a detector finds" "file-burst" "$koban" read "$ransom" --lang en
has "and explains its numbers" "same-ending 10" "$koban" rules explain file-burst --lang en
cat >"$place/burst.yml" <<'YML'
title: Files burst
id: t-burst
level: low
on: {verb: rename}
detector: {name: file-burst, within: 1m, same-ending: 24, changes: 64, noise: 64, noise-bits: 8, notes: 8, note-bytes: 1,
  ordinary-endings: []}
---
title: Several bursts
id: t-bursts
level: low
correlation: {type: event_count, rules: file-burst, generate: true, group-by: [device], timespan: 1m, condition: {gte: 5}}
YML
check "with other numbers, under another id, and counted" sh -c "
	'$koban' read '$ransom' --rules '$place/burst.yml' --db '$place/burst.db' &&
	'$koban' alerts --db '$place/burst.db' --format json |
		jq -e '[.[].rule] | index(\"t-burst\") != null and index(\"t-bursts\") != null and index(\"file-burst\") != null'"
check "turned off" sh -c "
	'$koban' read '$stop' --db '$place/quiet.db' &&
	'$koban' rules disable file-burst --db '$place/quiet.db' --by Sato --reason moved &&
	'$koban' read '$ransom' --db '$place/quiet.db' &&
	'$koban' alerts --db '$place/quiet.db' --format json | jq -e '[.[].rule] | index(\"file-burst\") == null'"
check "excepted" sh -c "
	'$koban' except --db '$place/burst.db' --reason moved --by Sato \\
		\$('$koban' alerts --db '$place/burst.db' --format json | jq '[.[] | select(.rule == \"file-burst\")][0].id') &&
	'$koban' read '$ransom' --db '$place/burst.db' &&
	'$koban' alerts --db '$place/burst.db' --format json | jq -e '[.[] | select(.rule == \"file-burst\")] | length == 1'"

# ---- files that are none ----
truncate -s 33M "$place/huge.yml"
for lang in en ja; do
	check "a file of rules without measure, $lang" sh -c "
		! '$koban' rules check '$place/huge.yml' --lang $lang 2>'$place/said' && grep -q 'huge.yml: .*32 MiB' '$place/said' &&
		[ \$(wc -l <'$place/said') = 1 ]"
done

# ---- the promise ----
alerts() {	# MODE CAPTURE: the alerts as JSON
	rm -f "$place/p.db"
	"$koban" read "$2" --observations "$1" --rules "$place/wide.yml" --db "$place/p.db" >/dev/null 2>&1
	"$koban" alerts --db "$place/p.db" --format json --lang en
}
for capture in tests/captures/*/capture.pcap; do
	alerts news "$capture" >"$place/news"
	alerts all "$capture" >"$place/all"
	check "the same alerts with and without folding: $(basename "$(dirname "$capture")")" cmp "$place/news" "$place/all"
done
check "and there were some" sh -c "[ \$(jq length <'$place/news') -gt 0 ]"
echo "1..$n"
