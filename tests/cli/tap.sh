# What the shell tests of this folder share: $koban, a folder $place that goes away, rows of TAP; at the end: echo "1..$n".
koban=${KOBAN:-build/debug/koban}
place=$(mktemp -d) || exit 2
trap 'rm -rf "$place"' EXIT
n=0
say() { n=$((n + 1)); echo "$1 $n - $2"; }
check() {	# WHAT COMMAND...: ok when the command succeeds
	what=$1
	shift
	if "$@" >"$place/out" 2>"$place/err"; then say ok "$what"; else
		say "not ok" "$what"
		head -5 "$place/err" "$place/out" | sed 's/^/# /'
	fi
}
has() {	# WHAT TEXT COMMAND...: ok when it prints the text
	what=$1 text=$2
	shift 2
	"$@" >"$place/out" 2>&1
	if grep -qF -- "$text" "$place/out"; then say ok "$what"; else
		say "not ok" "$what"
		head -5 "$place/out" | sed 's/^/# /'
	fi
}
