#!/usr/bin/env python3
"""Every EVE line fits Suricata's public schema plus one added `koban` object; with --eve-strict it fits it as it is.

TAP. The schema is read from KOBAN_SCHEMAS (a folder with suricata-eve.schema.json); skipped without it. Captures: the
project's own, and some of KOBAN_CORPUS when set.
"""
import copy
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/debug/koban"))
CORPUS = os.environ.get("KOBAN_CORPUS")
SCHEMAS = os.environ.get("KOBAN_SCHEMAS") or (CORPUS and str(pathlib.Path(CORPUS).parent / "schemas"))


def captures():
    """A fixed choice: small files of every protocol."""
    found = sorted((ROOT / "tests/captures").rglob("*.pcap*"))
    if CORPUS:
        found += sorted(p for p in pathlib.Path(CORPUS).rglob("*")
                        if p.is_file() and p.suffix not in (".md", ".csv") and p.stat().st_size < 300_000)
    return found


def main():
    schema_file = SCHEMAS and pathlib.Path(SCHEMAS) / "suricata-eve.schema.json"
    if not schema_file or not schema_file.exists():
        print("ok 1 - EVE schema # SKIP KOBAN_SCHEMAS is not set")
        return 0
    try:
        import jsonschema
    except ImportError:
        print("ok 1 - EVE schema # SKIP python3-jsonschema is not installed")
        return 0
    plain = json.loads(schema_file.read_text(encoding="utf-8"))
    ours = copy.deepcopy(plain)
    ours["properties"]["koban"] = {"type": "object"}
    validators = {(): jsonschema.Draft7Validator(ours), ("--eve-strict",): jsonschema.Draft7Validator(plain)}
    bad = number = 0
    seen = {}
    for options, validator in validators.items():
        for path in captures():
            number += 1
            run = subprocess.run([KOBAN, "read", path, "--eve", "-", "--observations", "all", *options],
                                 capture_output=True, timeout=600)
            wrong = None
            shapes = set()
            for line in run.stdout.splitlines():
                event = json.loads(line)
                seen[event["event_type"]] = seen.get(event["event_type"], 0) + 1
                # Lines of one shape are right or wrong together; this keeps the slow validator in bounds.
                shape = json.dumps(event, sort_keys=True, default=str)
                shape = "".join(c for c in shape if not c.isdigit())
                if shape in shapes or len(shapes) > 300:
                    continue
                shapes.add(shape)
                error = next(validator.iter_errors(event), None)
                if error is not None:
                    wrong = f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
                    break
            if run.returncode not in (0, 3):
                wrong = f"exit {run.returncode}"
            print(f"{'not ok' if wrong else 'ok'} {number} - {' '.join(options) or 'with koban'}: {path.name}", flush=True)
            if wrong:
                bad += 1
                print(f"# {path}: {wrong}")
    print(f"1..{number}")
    print(f"# events: {seen}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
