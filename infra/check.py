#!/usr/bin/env python3
"""What must hold of template.yaml, and of alarms.yaml as a part of it, and a linter cannot know: that every name exists, that a role has only what it may, that no
setting can lose a record in silence, that each alarm is wired, explained and right about missing data.

    infra/check.py               one sentence for each fault; exit code 1 if there is one
    infra/check.py --translated  the same over what AWS makes of the template (checks/translated.py)
    infra/check.py --self-test   plants faults one at a time and demands that the rule named beside each finds it; with --translated, those
                                 of the translated template

A rule is a function from a template to sentences. It compares with what is written beside it, so a change of the template that
widens a role is made twice, on purpose. The rules themselves may say nothing twice, nor the template a key: the last would win.
"""

import sys
from pathlib import Path

import yaml

from checks import alarms, carriers, dashboard, faults, parts, roles, runbooks, sources, translated, whole  # noqa: F401  (importing registers the rules)
from checks.reading import RULES, Template, doubled

HERE = Path(__file__).resolve().parent


def check(template, rules=RULES):
    """Every finding, as the rule's name and its sentence. A rule that stumbles over the template has found a fault too."""
    findings = []
    for name, function in rules.items():
        try:
            findings += [(name, sentence) for sentence in function(template)]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
            findings.append((name, f"{faults.STUMBLED} {type(problem).__name__} {problem}"))
    return findings


def main(arguments):
    if not set(arguments) <= {"--translated", "--self-test"}:
        print("usage: check.py [--translated] [--self-test]", file=sys.stderr)
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
    if "--translated" in arguments:
        right, rules, what = translated.translate(template), translated.RULES, "as AWS runs it"
        planted = translated.planted(template, right)
    else:
        right, rules, what = template, RULES, "as it is written"
        planted = faults.planted(template)
    findings = check(right, rules)
    for name, sentence in findings:
        print(f"infra, {what}: {sentence} [{name}]", file=sys.stderr)
    if findings:
        return 1
    if "--self-test" in arguments:
        return faults.self_test(planted, lambda faulty: check(faulty, rules), rules)
    print(f"infra/check.py: {len(rules)} rules hold for the template {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
