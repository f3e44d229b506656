"""The rules over the runbooks: a page for each alarm and each kind of trouble, every page found from the README, and every command in
them over something that exists. `tests/it/runbooks.rs` tries the commands of the program itself.
"""

import re
from pathlib import Path

from .alarms import alarms_of
from .reading import rule

HERE = Path(__file__).resolve().parent.parent
PAGES, README = HERE / "runbooks", HERE / "README.md"
# What a page of trouble answers, in this order.
SECTIONS = ["What you see", "What it means for patients", "The first five minutes", "How you know that it is over"]
# Kinds of trouble that have a page of their own whether or not one alarm names them.
TROUBLES = {
    "bad-secret", "platform-outage", "stream-stalled", "sns-refused", "silent-channel", "poison-delivery", "restore", "region-out",
    "erasure", "clock-fault", "replay",
}
# The commands of AWS that a runbook may ask for.
AWS = {
    "cloudwatch describe-alarms", "dynamodb describe-table", "dynamodb restore-table-to-point-in-time", "dynamodb update-continuous-backups",
    "health describe-events", "kms describe-key", "lambda get-function-concurrency", "lambda invoke", "lambda list-event-source-mappings",
    "lambda update-event-source-mapping", "logs tail", "scheduler get-schedule", "secretsmanager describe-secret",
    "secretsmanager put-secret-value", "sns list-subscriptions-by-topic", "sqs purge-queue", "sqs receive-message",
}


def written():
    """Every page under its name, and the README that leads to them."""
    files = [README, *sorted(PAGES.glob("*.md"))]
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


def read(template):
    """The README and the pages."""
    found = dict(template.alarms.pages or written())
    return found.pop("README"), found


def commands(text, program):
    """The indented lines that call a program, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return re.findall(rf"^ {{4,}}({program} .*)$", joined, re.MULTILINE)


def alarms_on(text):
    """The alarms that a page is about: its headings that are one word in capitals and small letters."""
    return re.findall(r"^#+ ([A-Z]\w+)$", text, re.MULTILINE)


@rule
def alarms_have_runbooks(template):
    (index, found), alarms = read(template), list(alarms_of(template.alarms))
    about = [(alarm, page) for page, text in found.items() for alarm in alarms_on(text)]
    for alarm in alarms:
        on = [page for name, page in about if name == alarm]
        if len(on) != 1:
            yield f"{alarm} must be a heading of one page of runbooks/, not of {len(on)}"
    for alarm, page in about:
        if alarm not in alarms:
            yield f"runbooks/{page}.md is about {alarm}, which is no alarm"
    for alarm in alarms:
        on = [page for name, page in about if name == alarm]
        if on and f"[{alarm}](runbooks/{on[0]}.md#{alarm.lower()})" not in index:
            yield f"README.md must lead from {alarm} to runbooks/{on[0]}.md"
    for page in found:
        if f"(runbooks/{page}.md" not in index:
            yield f"README.md does not lead to runbooks/{page}.md"
    for page in re.findall(r"\(runbooks/([\w-]+)\.md", index):
        if page not in found:
            yield f"README.md leads to runbooks/{page}.md, which is not there"


@rule
def runbooks_say_what_to_do(template):
    _, found = read(template)
    for missing in sorted(TROUBLES - set(found)):
        yield f"runbooks/{missing}.md is missing"
    names = set(template.resources) | set(template.data["Outputs"]) | set(template.data["Parameters"])
    for page, text in found.items():
        if page in TROUBLES and re.findall(r"^## ([\w ]+)$", text, re.MULTILINE)[: len(SECTIONS)] != SECTIONS:
            yield f"runbooks/{page}.md must begin with the sections {', '.join(SECTIONS)}"
        if len(text.splitlines()) > 90:
            yield f"runbooks/{page}.md has {len(text.splitlines())} lines; a page that is read in trouble has at most 90"
        for command in commands(text, "aws"):
            if " ".join(command.split()[1:3]) not in AWS:
                yield f"runbooks/{page}.md asks for `{command}`, which is no command that we know"
        for name in re.findall(r"<([A-Z]\w+)>", text):
            if name not in names:
                yield f"runbooks/{page}.md names <{name}>, which is no resource, output or parameter of the template"
