#!/usr/bin/env python3
"""What must hold of template.yaml, and of alarms.yaml as a part of it, and a linter cannot know: that every name exists, that a role has only what it may, that no
setting can lose a record in silence, that each alarm is wired, explained and right about missing data.

    infra/check.py               one sentence for each fault; exit code 1 if there is one
    infra/check.py --self-test   plants the faults of checks/faults.py one at a time and demands that the rule named there finds each

A rule is a function from a template to sentences. It compares with what is written beside it, so a change of the template that
widens a role is made twice, on purpose. The rules themselves may say nothing twice, nor the template a key: the last would win.
"""

import sys
from pathlib import Path

import yaml

from checks import alarms, carriers, dashboard, faults, parts, roles, runbooks, sources, whole  # noqa: F401  (importing registers the rules)
from checks.reading import RULES, Template, doubled

HERE = Path(__file__).resolve().parent


def check(template):
    """Every finding, as the rule's name and its sentence. A rule that stumbles over the template has found a fault too."""
    findings = []
    for name, function in RULES.items():
        try:
            findings += [(name, sentence) for sentence in function(template)]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
            findings.append((name, f"{faults.STUMBLED} {type(problem).__name__} {problem}"))
    return findings


def main(arguments):
    if arguments not in ([], ["--self-test"]):
        print("usage: check.py [--self-test]", file=sys.stderr)
        return 2
    mistakes = [f"infra/checks/{path.name}: {said}" for path in sorted((HERE / "checks").glob("*.py")) for said in doubled(path.read_text(encoding="utf-8"))]
    if mistakes:
        print("\n".join(mistakes), file=sys.stderr)
        return 1
    try:
        part = Template((HERE / "alarms.yaml").read_text(encoding="utf-8"))
        template = Template((HERE / "template.yaml").read_text(encoding="utf-8"), alarms=part)
    except (OSError, yaml.YAMLError) as problem:
        print(f"a template cannot be read: {problem}", file=sys.stderr)
        return 2
    findings = check(template)
    for name, sentence in findings:
        print(f"infra: {sentence} [{name}]", file=sys.stderr)
    if findings:
        return 1
    if arguments:
        return faults.self_test(template, check)
    print(f"infra/check.py: {len(RULES)} rules hold")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
