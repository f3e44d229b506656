#!/usr/bin/env python3
"""Runs checkov over the templates and holds its findings against `scan-skips.txt`: a new one fails, and so does a skip that is no longer
needed or that gives no reason.

    infra/scan.py CHECKOV               one sentence for each fault; exit code 1 if there is one. CHECKOV is the program
    infra/scan.py CHECKOV --self-test   plants faults in the template and in the list and demands that each is found

checkov leaves out what a condition leaves out by the parameters' defaults, so it is given the templates without their resources' conditions.
"""

import json
import re
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

HERE = Path(__file__).resolve().parent
# How many words a reason has at least.
REASON_WORDS = 3
# checkov reads at least this many resources, or it has read something else.
LEAST_RESOURCES = 80


def findings(checkov, templates):
    """What checkov finds in these texts, by the names of their files: pairs of a check and a resource."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in templates.items():
            (Path(folder) / name).write_text(re.sub(r"^    Condition: \w+\n", "", text, flags=re.MULTILINE), encoding="utf-8")
        command = [checkov, "--directory", folder, "--framework", "cloudformation", "--compact", "--quiet", "--skip-download", "--output", "json"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        raise SystemExit(f"checkov gave no report (exit code {ran.returncode}): {ran.stderr.strip()[-400:]}") from None
    summary = report.get("summary", {})
    if summary.get("parsing_errors") or summary.get("resource_count", 0) < LEAST_RESOURCES:
        raise SystemExit(f"checkov did not read the templates: {summary}")
    return [(found["check_id"], found["resource"]) for found in report["results"]["failed_checks"]]


def skips(text):
    """The list, as triples of check, pattern and reason."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            check, pattern, *reason = line.split(maxsplit=2)
            yield check, pattern, reason[0] if reason else ""


def faults(found, listed):
    """One sentence for each finding that is not listed and each line that is not right."""
    listed = list(listed)
    used = set()
    for check, resource in found:
        lines = [skip for skip in listed if skip[0] == check and fnmatchcase(resource, skip[1])]
        used.update(lines)
        if not lines:
            yield f"{resource}: {check} is a new finding: mend it, or say in scan-skips.txt why not"
    for skip in listed:
        check, pattern, reason = skip
        if skip not in used:
            yield f"scan-skips.txt skips {check} for {pattern}, which checkov no longer finds: take the line out"
        if len(reason.split()) < REASON_WORDS:
            yield f"scan-skips.txt skips {check} for {pattern} without saying why"


# What is planted in the template: the check that must find it, what stands there, what is put in its place.
PLANTED = [
    ("CKV_AWS_26", "QppvTopic:\n    Type: AWS::SNS::Topic\n    Properties: { DisplayName: Dayzero QPPV, KmsMasterKeyId: !Ref Key }",
     "QppvTopic:\n    Type: AWS::SNS::Topic\n    Properties: { DisplayName: Dayzero QPPV }"),
    ("CKV_AWS_7", "EnableKeyRotation: true", "EnableKeyRotation: false"),
    ("CKV_AWS_149", "Description: Live secrets of a Dayzero webhook, KmsKeyId: !GetAtt Key.Arn", "Description: Live secrets of a Dayzero webhook"),
]


def self_test(checkov, templates, listed):
    missed = []
    template = templates["template.yaml"]
    for check, old, new in PLANTED:
        if old not in template:
            missed.append(f"the fault for {check} changes nothing")
            continue
        found = findings(checkov, templates | {"template.yaml": template.replace(old, new)})
        if not any(f"{check} is a new finding" in sentence for sentence in faults(found, listed)):
            missed.append(f"the fault for {check} was not found")
    found = findings(checkov, templates)
    for what, lists, words in [
        ("a skip that is not needed", [*listed, ("CKV_AWS_1", "AWS::SNS::Topic.QppvTopic", "because it is so")], "no longer finds"),
        ("a skip without a reason", [(*listed[0][:2], ""), *listed[1:]], "without saying why"),
        ("a finding that nobody listed", listed[1:], "is a new finding"),
    ]:
        if not any(words in sentence for sentence in faults(found, lists)):
            missed.append(f"{what} was not found")
    for sentence in missed:
        print(f"infra/scan.py --self-test: {sentence}", file=sys.stderr)
    if not missed:
        print(f"infra/scan.py --self-test: {len(PLANTED) + 3} planted faults, each found")
    return 1 if missed else 0


def main(arguments):
    if not arguments or arguments[1:] not in ([], ["--self-test"]):
        print("usage: scan.py CHECKOV [--self-test]", file=sys.stderr)
        return 2
    templates = {path.name: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.yaml"))}
    listed = list(skips((HERE / "scan-skips.txt").read_text(encoding="utf-8")))
    if arguments[1:]:
        return self_test(arguments[0], templates, listed)
    found = findings(arguments[0], templates)
    sentences = list(faults(found, listed))
    for sentence in sentences:
        print(f"infra: {sentence}", file=sys.stderr)
    if sentences:
        return 1
    print(f"infra/scan.py: {len(found)} findings of checkov, each skipped for a reason by one of {len(listed)} lines; no other")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
