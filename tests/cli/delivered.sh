#!/bin/sh
# The program as script/release builds it says the same, to the byte, as the one under test.
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
delivered=build/release/koban
if [ ! -e build/profile/counted ] || [ ! -x $delivered ] || [ -n "$(find src content tools CMakeLists.txt -newer $delivered)" ]; then
	echo 'ok 1 # SKIP script/release has not been run, or not since the last change'
	echo '1..1'
	exit 0
fi
export LC_ALL=C.UTF-8 TZ=UTC

both() {	# RECORDING OPTIONS...
	capture=tests/captures/$1/capture.pcap
	shift
	"$koban" read "$@" --eve "$place/tested.eve" "$capture" >"$place/tested" &&
		$delivered read "$@" --eve "$place/delivered.eve" "$capture" >"$place/delivered" &&
		cmp "$place/tested" "$place/delivered" && cmp "$place/tested.eve" "$place/delivered.eve"
	rc=$?
	rm -f "$place"/*.eve
	return $rc
}

for capture in tests/captures/*/capture.pcap; do
	name=$(basename "$(dirname "$capture")")
	check "$name: the same" both "$name"
done
check "every act, two workers, Japanese: the same" both smb-day --observations all --workers 2 --lang ja
echo "1..$n"
