#!/bin/sh
# A room includes only itself, core/ and model/, plus the doors listed here.
cd "$(dirname "$0")/../../src" || exit 2
breaches=$(grep -rn --include='*.[ch]' --include='*.def' '^#include "' . | sed 's#^\./##' | awk -F'[/:"]' '
BEGIN {
	door["detect asset"] = door["detect store"] = door["web store"] = door["plan store"] = door["output store"] = 1
}
{
	split($0, path, "/"); room = path[1]
	match($0, /"[^"]*"/); file = substr($0, RSTART + 1, RLENGTH - 2)
	if (index(file, "/") == 0) {	# generated tables stand in the build folder
		if (file ~ /\.inc$/) next
		print; next
	}
	to = file; sub(/\/.*/, "", to)
	if (to == room || to == "core" || (to == "model" && room != "core") || room == "main" || (room " " to) in door)
		next
	print
}')
if [ -z "$breaches" ]; then
	echo "ok 1 - rooms include only what they may"
else
	echo "not ok 1 - rooms include only what they may"
	echo "$breaches"
fi
# The check itself must see a breach.
echo '../src/proto/x.c:1:#include "stream/shard.h"' | grep -q 'stream/' && echo "ok 2 - the check reads includes"
echo 1..2
