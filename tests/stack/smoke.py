"""`tests/cloud-smoke`: the same stack in a real AWS account, and what only that can show: settings as the services describe them, bytes as the real API
hands them on, IAM with the leading parts of keys, the time of a first answer. It deploys nothing unless told to, and writes a report.

On an emulator (`--endpoint`) it runs whole, which proves its own code; what an emulator cannot show is then said and not judged.
"""
import argparse
import dataclasses
import pathlib
import sys
import time

import botocore.exceptions

import account
import described
import inbox
import roles
import stack
import steps
import wire

NAME = "tests/cloud-smoke"
TARGET = stack.REPOSITORY / "target"
# Requests that open new environments of the function, for the time of a first answer.
COLD = 3


@dataclasses.dataclass
class Report:
    """What was shown and what was not: printed as it comes, and written at the end."""

    emulated: bool
    lines: list = dataclasses.field(default_factory=list)
    differs: int = 0
    unjudged: int = 0

    def say(self, line):
        print(line, flush=True)
        self.lines.append(line)

    def shown(self, name, told):
        self.say(f"shown: {name}: {told}")

    def judge(self, name, is_so, told, emulator_shows=True):
        """One claim: shown, differs, or not judged because an emulator says nothing about it."""
        if is_so:
            self.shown(name, told)
        elif self.emulated and not emulator_shows:
            self.unjudged += 1
            self.say(f"not judged on an emulator: {name}: {told}")
        else:
            self.differs += 1
            self.say(f"DIFFERS: {name}: {told}")

    def write(self, path, title):
        text = "\n".join([title, "", *self.lines, ""])
        pathlib.Path(path).write_text(text, "utf-8")


def whole(report, run, arguments):
    """Every part in order. A step that fails is said and ends nothing: a report of all that differs is worth more than its first line."""
    parts = [
        ("settings", lambda: described.all_of(report, run.stack)),
        ("rights", lambda: report.shown("rights", f"{roles.simulated(run.account, run.stack)} answers of IAM's simulator")),
        ("first answer", lambda: first_answer(report, run, arguments.cold)),
        ("handshakes", lambda: report.shown("handshakes", steps.handshakes(run))),
        ("the wire", lambda: wire.all_of(report, run)),
        ("through the stream", lambda: heard(report, run)),
        ("a burst", lambda: wire.burst(report, run, arguments.burst)),
        ("mail", lambda: mail(report, run, arguments.mail)),
    ]
    for name, part in parts:
        try:
            part()
        except (account.Failed, botocore.exceptions.ClientError, OSError) as failure:
            report.judge(name, False, str(failure))


def heard(report, run):
    """One alert to a queue of our own, if nobody else would hear it."""
    run.inbox = inbox.Inbox(run.account, f"{run.stack.name}-smoke-{int(time.time())}")
    topics = run.stack.topics()
    run.inbox.subscribe(topics, {name: run.stack.outputs[f"{name}UndeliveredArn"] for name in topics})
    try:
        report.shown("through the stream", steps.through_the_stream(run))
        envelopes = [envelope for _, envelope in run.inbox.envelopes()]
        wrong = list(inbox.faults(envelopes, topics))
        report.judge("messages", not wrong, wrong[0] if wrong else f"{len(envelopes)} as they must be")
    finally:
        run.inbox.close()


def first_answer(report, run, cold):
    """How long the first answer of a new environment takes, and one of a warm one. Figures, not a verdict."""
    client = run.account.client("lambda")
    name = run.stack.functions()["receive"]
    times = []
    for attempt in range(COLD if cold else 1):
        if cold:
            # Any change of a function's configuration retires its environments; the description is the one that means nothing.
            said = client.get_function_configuration(FunctionName=name).get("Description", "").split(" [")[0]
            client.update_function_configuration(FunctionName=name, Description=f"{said} [{attempt}]" if attempt + 1 < COLD else said)
            client.get_waiter("function_updated_v2").wait(FunctionName=name)
        begun = time.monotonic()
        status = run.account.ask("GET", f"{run.stack.outputs['WebhookBaseUrl']}forum")[0]
        first = time.monotonic() - begun
        begun = time.monotonic()
        run.account.ask("GET", f"{run.stack.outputs['WebhookBaseUrl']}forum")
        times.append(f"{first * 1000:.0f} ms, then {(time.monotonic() - begun) * 1000:.0f} ms (status {status})")
    kind = "of a new environment" if cold else "as it was found"
    report.shown(f"first answer {kind}, over HTTP and TLS from here", "; ".join(times))


def mail(report, run, address):
    """Subscribes an address to the safety desk's topic and waits until somebody confirms it."""
    if not address:
        report.say("left out: mail (--mail ADDRESS subscribes one to the safety desk, and waits until the link in it is opened)")
        return
    sns, topic = run.account.sns, run.stack.outputs["SafetyDeskTopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)

    def confirmed():
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        arns = [found["SubscriptionArn"] for page in pages for found in page["Subscriptions"] if found["Endpoint"] == address]
        return bool(arns) and all(arn.startswith("arn:") for arn in arns), ", ".join(arns)

    took = account.wait(f"the subscription of {address} confirmed", confirmed, 600, every=5)
    report.shown("mail", f"confirmed after {took:.0f} s")


def listeners(held, topics):
    """How many subscriptions the topics have: people who would hear what this test makes."""
    pages = [held.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic) for topic in topics.values()]
    return sum(len(page["Subscriptions"]) for topic in pages for page in topic)


def prepare(arguments):
    """The stack that the report will be about; a sentence, raised, if there is none to be had."""
    held = account.Account(arguments.region, arguments.endpoint, profile=arguments.profile)
    try:
        who = held.sts.get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as problem:
        raise account.Failed(f"there is no AWS account to test in: {problem}") from None
    one = stack.Stack(held, arguments.stack, arguments.operator)
    if arguments.deploy:
        bucket = arguments.bucket or f"dayzero-artifacts-{who['Account']}-{arguments.region}"
        made, _ = stack.packaged(arguments.artifact, one, bucket, emulated=bool(arguments.endpoint))
        one.deploy(made, bucket, stack.parameters(made, ConsoleUrl=arguments.console_url, Architecture=arguments.architecture))
        one.make_secrets()
        one.command("protocol", "publish", str(stack.PROTOCOL))
    elif one.status() is None:
        raise account.Failed(f"the account {who['Account']} has no stack {arguments.stack} in {arguments.region}; --deploy makes one")
    else:
        one.find()
        one.read_secrets()
    if not {"forum", "meta", "x", "linkedin"} <= set(one.secrets):
        raise account.Failed("the stack is not the sample protocol's: it needs the secrets dayzero/forum, dayzero/meta, dayzero/x and dayzero/linkedin")
    if listeners(held, one.topics()) and not arguments.heard:
        raise account.Failed("somebody is subscribed to the topics and would be alerted by this test; --heard says that they know")
    return steps.Run(one, ["/dayzero/"]), who["Account"]


def options():
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", default="dayzero-smoke", metavar="NAME", help="the stack (default: %(default)s)")
    parser.add_argument("--region", default="eu-west-1", help="its region (default: %(default)s)")
    parser.add_argument("--profile", help="a profile of the AWS configuration; without it, the environment's credentials")
    parser.add_argument("--operator", default=str(TARGET / "debug" / "dayzero"), metavar="DAYZERO", help="a program with an operator's commands")
    parser.add_argument("--report", default="cloud-smoke.txt", metavar="FILE", help="where the report goes (default: %(default)s)")
    parser.add_argument("--heard", action="store_true", help="go on although somebody is subscribed to the topics")
    parser.add_argument("--cold", action="store_true", help=f"measure {COLD} first answers of new environments; changes the function's description and back")
    parser.add_argument("--burst", type=int, default=0, metavar="N", help="send N unsigned calls at once and say what a refusal looks like")
    parser.add_argument("--mail", metavar="ADDRESS", help="subscribe an address and wait until it is confirmed")
    parser.add_argument("--deploy", action="store_true", help="deploy the stack first, with secrets of its own and the sample protocol")
    parser.add_argument("--artifact", default=str(TARGET / "lambda" / "dayzero" / "bootstrap"), metavar="BOOTSTRAP")
    parser.add_argument("--architecture", choices=["arm64", "x86_64"], default="arm64", help="what the artifact is built for (default: %(default)s)")
    parser.add_argument("--bucket", help="where the artifact goes with --deploy")
    parser.add_argument("--console-url", default="https://console.example", help="the parameter ConsoleUrl with --deploy")
    parser.add_argument("--endpoint", help="an emulator in place of AWS")
    return parser.parse_args()


def main():
    arguments = options()
    try:
        run, number = prepare(arguments)
    except account.Failed as problem:
        print(f"{NAME}: {problem}", file=sys.stderr)
        return 2
    report = Report(emulated=bool(arguments.endpoint))
    whole(report, run, arguments)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    where = f"an emulator at {arguments.endpoint}" if arguments.endpoint else f"account {number}, {arguments.region}"
    report.write(arguments.report, f"Dayzero, stack {arguments.stack}, {where}, {when}")
    count = sum(line.startswith("shown: ") for line in report.lines)
    print(f"{count} claims shown, {report.differs} differ, {report.unjudged} not judged; the report is {arguments.report}")
    return 1 if report.differs else 0
