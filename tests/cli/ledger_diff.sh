#!/bin/sh
# koban ledger --diff: what the recording read last changed, in both languages and for programs.
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
export LC_ALL=C.UTF-8 TZ=UTC
db=$place/site.db
diff_of() { "$koban" ledger --diff --db "$db" "$@"; }

"$koban" read --db "$db" tests/captures/modbus-day/capture.pcap >/dev/null
check "one recording: nothing to compare with" sh -c "'$koban' ledger --diff --db '$db' --lang en | grep -q 'nothing to compare'"
"$koban" read --db "$db" tests/captures/modbus-stranger/capture.pcap >/dev/null
diff_of --format json >"$place/stranger.json"
check "the stranger is the only new device" python3 -c "
import json
rows = json.load(open('$place/stranger.json'))
assert [r['device_ip'] for r in rows if r['change'] == 'new'] == ['192.168.10.77'], rows"
"$koban" read --db "$db" tests/captures/ftp-program/capture.pcap >/dev/null
diff_of --format json >"$place/program.json"
check "programs that were written, with their fingerprint" python3 -c "
import json
rows = [r for r in json.load(open('$place/program.json')) if r['change'] == 'program']
assert len(rows) == 3 and all(len(r['now']) == 64 for r in rows), rows"
check "what an earlier recording brought is no news of this one" python3 -c "
import json
assert '192.168.10.77' not in [r['device_ip'] for r in json.load(open('$place/program.json'))]"
check "in Japanese" sh -c "'$koban' ledger --diff --db '$db' --lang ja | grep -q '新しい機器'"
"$koban" read --db "$db" tests/captures/ftp-program/capture.pcap >/dev/null
check "--diff with CSV has its heading" sh -c "'$koban' ledger --diff --db '$db' --format csv | head -1 | grep -qi change"
echo "1..$n"
