#!/usr/bin/env python3
"""What nobody should have to discuss: no line is wider than .clang-format says (a tab goes to the next multiple of 8), none
ends in blanks, and every source file opens with a comment that says what it is for. The tables of tests/unit may be wider: a row
is easier to compare with the next one when it is one line. Loan words of the Japanese texts are written one way. TAP."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = int(re.search(r"^ColumnLimit: (\d+)", (ROOT / ".clang-format").read_text(), re.M).group(1))
# With the long mark, as Windows writes them; but a maker's own name for a part of his machines stays.
LOAN = re.compile("(?<!データ)(サーバ|フォルダ|プリンタ|ルータ|センサ|コンピュータ|ドライバ|スキャナ|ブラウザ|ユーザ(?!登録フレーム))(?!ー)")
FOLDERS = ("src", "fuzz", "bench", "tools", "tests/unit")


def wide(line):
    return len(line.expandtabs(8)) > LIMIT


def places(files, wrong):
    return [f"{name}:{number}" for name, lines in files.items() for number, line in enumerate(lines, 1) if wrong(line)]


def main():
    paths = sorted(p for folder in FOLDERS for p in (ROOT / folder).rglob("*.[ch]"))
    files = {p.relative_to(ROOT): p.read_text(encoding="utf-8").split("\n") for p in paths}
    texts = {p.relative_to(ROOT): p.read_text(encoding="utf-8").split("\n") for p in sorted((ROOT / "content").rglob("*.yml"))}
    rows = [(f"no line is wider than {LIMIT} columns", places({n: f for n, f in files.items() if n.parts[0] != "tests"}, wide)),
            ("no line ends in blanks", places(files, lambda line: line != line.rstrip())),
            ("every file says what it is for", [str(name) for name, lines in files.items() if not lines[0].startswith("/*")]),
            ("Japanese loan words end in a long mark", places(texts, LOAN.search)),
            ("the check counts columns", [] if wide("\t" + "x" * (LIMIT - 7)) and not wide("\t" + "x" * (LIMIT - 8)) else [LIMIT])]
    for number, (what, bad) in enumerate(rows, 1):
        print("not ok" if bad else "ok", number, "-", what)
        for place in bad[:60]:
            print("#", place)
    print(f"1..{len(rows)}")
    return any(bad for _, bad in rows)


sys.exit(main())
