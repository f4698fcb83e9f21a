#!/bin/sh
# The reference in docs/ is what the program says of itself.
cd "$(dirname "$0")/../.." || exit 2
fresh=$(mktemp) || exit 2
rules=$(mktemp) || exit 2
trap 'rm -f "$fresh" "$rules"' EXIT
KOBAN_DOCS=$fresh KOBAN_RULES_DOCS=$rules script/docs "${KOBAN:-build/debug/koban}"
if cmp -s "$fresh" docs/protocols.md; then
	echo "ok 1 - docs/protocols.md is what the program says"
else
	echo "not ok 1 - docs/protocols.md is what the program says: run script/docs"
	diff "$fresh" docs/protocols.md | head -10 | sed 's/^/# /'
fi
broken=$(grep -ohE '\]\([a-zA-Z0-9_./-]+\.md\)' README.md README.ja.md CONTRIBUTING.md docs/*.md lab/README.md 2>/dev/null | tr -d '])(' | sort -u |
	while read -r name; do [ -e "$name" ] || [ -e "docs/$name" ] || [ -e "lab/$name" ] || echo "$name"; done)
if [ -z "$broken" ]; then echo "ok 2 - every page that is linked exists"; else
	echo "not ok 2 - every page that is linked exists"
	echo "$broken" | sed 's/^/# /'
fi
if cmp -s "$rules" docs/rules.md; then
	echo "ok 3 - the tables of docs/rules.md are what the program says"
else
	echo "not ok 3 - the tables of docs/rules.md are what the program says: run script/docs"
	diff "$rules" docs/rules.md | head -10 | sed 's/^/# /'
fi
echo 1..3
