#!/bin/sh
# What the packet path may call from outside. Anything else (malloc, open, socket, printf, time ...) is a breach.
build=${KOBAN_BUILD:-build/debug}
allowed='^(memcpy|memmove|memset|memcmp|memchr|strlen|strnlen|strcmp|strncmp|strchr|strrchr|strncasecmp|bcmp|__memcpy_chk|__memset_chk|__memmove_chk|__stack_chk_fail|__assert_fail|read|poll|close|log2|log|__errno_location|strcasecmp|strstr
inflate.*|ZSTD_.*|nettle_.*|_GLOBAL_OFFSET_TABLE_|__asan_.*|__ubsan_.*|__sanitizer.*
arena_.*|slab_.*|ring_.*|hash_.*|buf_.*)$'
defined=$(mktemp) && wanted=$(mktemp) || exit 2
trap 'rm -f "$defined" "$wanted"' EXIT
nm --defined-only "$build/libsensor.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$defined"
nm -u "$build/libsensor.a" 2>/dev/null | awk '$1 == "U" { print $2 }' | sort -u | comm -23 - "$defined" >"$wanted"
pattern=$(echo "$allowed" | tr '\n' '|' | sed 's/|$//; s/||*/|/g')
bad=$(grep -vE "$pattern" "$wanted")
if [ -s "$defined" ] && [ -z "$bad" ]; then
	echo "ok 1 - the packet path calls only what it may"
else
	echo "not ok 1 - the packet path calls only what it may"
	echo "$bad"
fi
for forbidden in malloc free open socket printf snprintf time clock_gettime write; do
	if echo "$forbidden" | grep -qE "$pattern"; then
		echo "not ok 2 - $forbidden is on the allow-list"
	fi
done
echo "ok 2 - nothing that allocates, opens, sends, prints or reads clocks is on the list"
echo 1..2
