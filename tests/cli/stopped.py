#!/usr/bin/env python3
"""A read that is stopped from outside keeps nothing: the database and EVE are as they were, and one line says so. TAP."""
import pathlib
import signal
import subprocess
import tempfile
import time

from tap import KOBAN, ROOT, finish, row

CAPTURE = ROOT / "tests/captures/modbus-day/capture.pcap"
SAYS = {"en": "nothing of this input was kept", "ja": "何も残していません"}


def begun(process, path):
    """The read holds its database and has taken what the pipe gave: its unfinished EVE file is there."""
    for _ in range(100):
        if path.exists():
            time.sleep(0.2)
            return process.poll() is None
        time.sleep(0.05)
    return False


def stop(place, number_of, lang, *options):
    """A read that waits for more of its input gets the signal. Its exit code and what it said."""
    command = [KOBAN, "read", "-", "--db", place / "site.db", "--eve", place / "eve.json", "--lang", lang, *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(CAPTURE.read_bytes()[:20000])
    process.stdin.flush()
    if not begun(process, place / "eve.json.part"):
        process.kill()
        return None, b"it never began"
    process.send_signal(number_of)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        return None, b"it went on"
    return process.returncode, process.stdout.read() + process.stderr.read()


def main():
    signals = {signal.SIGINT: [], signal.SIGTERM: ["--workers", "3"], signal.SIGHUP: ["--split"]}
    for number_of, options in signals.items():
        for lang, says in SAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                place = pathlib.Path(folder)
                code, said = stop(place, number_of, lang, *options)
                name = f"{number_of.name} {' '.join(options)} ({lang})"
                line = said.decode()
                row(code == -number_of and line.count("\n") == 1 and says in line,
                    f"{name}: ends by the signal, one line", [f"{code}: {line}"])
                row(not list(place.iterdir()), f"{name}: leaves nothing", place.iterdir())
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        site, eve = place / "site.db", place / "eve.json"
        subprocess.run([KOBAN, "read", CAPTURE, "--db", site, "--eve", eve], capture_output=True, check=True)
        before = site.read_bytes(), eve.read_bytes()
        stop(place, signal.SIGTERM, "en")
        row((site.read_bytes(), eve.read_bytes()) == before and len(list(place.iterdir())) == 2,
            "an older database and EVE file stay as they were", place.iterdir())
        ignored = subprocess.Popen([KOBAN, "read", "-", "--db", site, "--lang", "en"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        ignored.stdin.write(CAPTURE.read_bytes())
        ignored.stdin.flush()
        time.sleep(1)
        ignored.send_signal(signal.SIGHUP)
        said = ignored.communicate(timeout=60)
        row(ignored.returncode == 0, "a signal that was ignored from the start (nohup) stays so", [said])
    finish()


if __name__ == "__main__":
    main()
