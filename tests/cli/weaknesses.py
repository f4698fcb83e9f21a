#!/usr/bin/env python3
"""A weakness is told once: what the next recording shows of it goes on in the same alert, and the summary tells only news."""
import tempfile

from tap import ROOT, finish, listing, row, run

RECORDING = str(ROOT / "tests/captures/mqtt-day/capture.pcap")


def weaknesses(database):
    return [a for a in listing("alerts", database) if a["kind"] == "posture"]


with tempfile.TemporaryDirectory() as place:
    database = f"{place}/site.db"
    first = run("read", "--lang", "en", "--db", database, RECORDING)
    before = weaknesses(database)
    row(before and "told before" not in first, "the first recording tells its weaknesses", [first])
    again = run("read", "--lang", "en", "--db", database, RECORDING)
    after = weaknesses(database)
    row([a["id"] for a in after] == [a["id"] for a in before], "the second tells them under the same numbers", after)
    row([a["count"] for a in after] == [2 * a["count"] for a in before], "and counts on", after)
    row([a["first"] for a in after] == [a["first"] for a in before], "since the first time", after)
    row("still there" in again and before[0]["title"] not in again, "the summary says that they are no news", [again])
    row("まだ残っています" in run("read", "--lang", "ja", "--db", database, RECORDING), "in Japanese, too")
    new = f"{place}/other.db"
    row("told before" not in run("read", "--lang", "en", "--db", new, RECORDING), "another plant's are its own")
finish()
