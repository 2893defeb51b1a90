"""The golden reports are what the installed JSON Schema says, and reports that are not are refused.
usage: json_schema.py SCHEMA FOLDER. Status 77 where python3-jsonschema is missing.
"""

import copy
import json
import sys
from pathlib import Path

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def spoilt(report):
    """Reports that no version 1 is, by what is wrong with them."""
    def changed(change):
        made = copy.deepcopy(report)
        change(made)
        return made

    yield "no findings", changed(lambda r: r.pop("findings"))
    yield "another version", changed(lambda r: r.update(version=2))
    yield "a short fingerprint", changed(lambda r: r["findings"][0].update(fingerprint="12"))
    yield "an unknown kind", changed(lambda r: r["findings"][0].update(kind="leek"))
    yield "a missing key", changed(lambda r: r["findings"][0].pop("retained_bytes"))
    yield "a negative count", changed(lambda r: r["processes"][0]["totals"].update(frees=-1))
    yield "a cycle without members", changed(
        lambda r: r["findings"][0].update(kind="cycle", cycle=None))


def main():
    schema = json.loads(Path(sys.argv[1]).read_text())
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    failures = 0
    reports = 0
    for path in sorted(Path(sys.argv[2]).glob("*.json")):
        document = json.loads(path.read_text())
        if not isinstance(document, dict) or document.get("schema") != "libtrack.report":
            continue
        reports += 1
        for fault in checker.iter_errors(document):
            print(f"{path.name}: {fault.json_path}: {fault.message}")
            failures += 1
        for what, report in spoilt(document):
            if checker.is_valid(report):
                print(f"{path.name}: the schema admits a report with {what}")
                failures += 1
    if reports < 3:
        print(f"only {reports} golden reports")
        failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
