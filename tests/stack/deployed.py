"""`tests/deployed`: the built artifact and the real template on an AWS emulator, from the webhook to the acknowledgement, with IAM enforced, the
stream switched off and processes killed. One line a step; the first that fails ends the run with one sentence.
"""
import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import traceback

import account
import console
import emulator
import kills
import newcomer
import roles
import stack
import steps
import trial

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
OUTPUT = REPOSITORY / "target" / "deployed"
ARTIFACT = REPOSITORY / "target" / "lambda" / "dayzero" / "bootstrap"
BUCKET = "dayzero-artifacts"
NAME = "tests/deployed"


class Deployed:
    """One run: the emulator, the stack on it, and what the steps share."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.emulator = emulator.Emulator(OUTPUT)
        self.run, self.provider = None, None
        self.step = "the start"
        self.count = 0

    def say(self, step, function, *given):
        """Runs one step and prints what it counted and how long it took."""
        self.step, begun = step, time.monotonic()
        told = function(*given)
        self.count += 1
        print(f"{self.count:>2}. {step}: {told} [{time.monotonic() - begun:.1f} s]", flush=True)

    def everything(self):
        self.say("artifact", self.artifact)
        self.say("emulator", self.start)
        self.say("deployed", self.deploy)
        self.say("published", self.publish)
        run = self.run
        self.say("through the stream", self.stream)
        self.say("handshakes", steps.handshakes, run)
        self.say("posted", steps.every_sample, run)
        self.say("refused", steps.forged, run)
        self.say("repeated", steps.repeated, run)
        self.say("denied", self.denied)
        self.say("alerted", steps.alerted, run)
        self.say("acknowledged", steps.acknowledged, run)
        if self.provider:
            self.say("signed in", console.acknowledged, run, self.provider, steps.another_key(run))
        self.say("sealed", steps.sealed, run)
        self.say("swept", steps.swept, run)
        self.say("as Lambda starts it", trial.with_stream_off, run, self.bootstrap, self.emulator, OUTPUT)
        self.say("killed", self.killed)
        self.say("nothing lost", self.nothing_lost)
        self.say("verified", steps.verified, run)
        self.say("the cloud's own test", self.smoke)
        self.say("nothing told", self.nothing_told)
        if self.arguments.sam:
            self.say("as a newcomer does it", self.newcomer)

    # ---- before the first comment ----

    def artifact(self):
        """Takes the artifact that is there, builds it otherwise; and the program with an operator's commands."""
        self.bootstrap = pathlib.Path(self.arguments.artifact or ARTIFACT).resolve()
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
        self.operator = pathlib.Path(self.arguments.operator or target / "debug" / "dayzero").resolve()
        built = []
        if not self.arguments.artifact:
            built.append("built the artifact")
            # Without link-time optimisation: minutes less, and the same program.
            build("infra/build", "host", "--quick")
        if not self.arguments.operator:
            built.append("built the operator's program")
            build("cargo", "build", "--locked", "--quiet", "--bin", "dayzero")
        for path in (self.bootstrap, self.operator):
            if not os.access(path, os.X_OK):
                raise account.Failed(f"{path} is not there as a program that can be started")
        said = ", ".join(built) or "nothing built"
        return f"{self.bootstrap.stat().st_size / 1e6:.1f} MB, {said}"

    def start(self):
        held = self.emulator.start()
        self.run = steps.Run(stack.Stack(held, "dayzero", str(self.operator)), ["/dayzero/", "/aws/lambda/"])
        return f"MiniStack at {self.emulator.endpoint}, IAM enforced"

    def deploy(self):
        one = self.run.stack
        made, taken = stack.packaged(self.bootstrap, one, BUCKET, emulated=True)
        wanted = {"ConsoleUrl": console.ORIGIN}
        if console.is_there(made):
            self.provider = console.Provider(OUTPUT)
            self.provider.start()
            self.provider.keep_secret(one.account)
            wanted = self.provider.parameters()
        one.deploy(made, BUCKET, stack.parameters(made, Architecture=stack.here(), **wanted))
        (OUTPUT / "taken-out.txt").write_text("".join(f"{line}\n" for line in taken), "utf-8")
        functions = one.of_type("AWS::Lambda::Function")
        return (
            f"infra/template.yaml, {len(one.resources)} resources, {len(functions)} functions; "
            f"taken out for the emulator: {len(taken)} (target/deployed/taken-out.txt)"
        )

    def publish(self):
        one = self.run.stack
        one.make_secrets()
        said = one.command("protocol", "publish", str(stack.PROTOCOL)).strip().split(". ")[0]
        self.run.inbox = steps.inbox.Inbox(one.account, "the-desk")
        topics = one.topics()
        self.run.inbox.subscribe(topics, {name: one.outputs[f"{name}UndeliveredArn"] for name in topics})
        return f"{said}; {len(one.secrets)} secrets made, a queue subscribed to {len(topics)} topics"

    def stream(self):
        """The stream alone: on a busy machine the first tick of the sweep might come before it."""
        self.run.stack.ticks(on=False)
        try:
            return steps.through_the_stream(self.run)
        finally:
            self.run.stack.ticks(on=True)

    # ---- rights ----

    def denied(self):
        """Every function is invoked once, so that its process is there, and what its role may not do is tried with its own credentials."""
        one = self.run.stack
        for role in ("watch", "reconcile"):
            one.wake(role)
        if "review" in one.functions():
            one.account.ask("GET", one.outputs["WebhookBaseUrl"].removesuffix("webhooks/"))
        wanted = set(one.functions())
        missing = lambda: wanted - {role for _, role in self.emulator.functions()}
        account.wait("a process of every function", lambda: (not missing(), f"none of {', '.join(sorted(missing()))}"), steps.STREAM_LIMIT)
        processes = {role: pid for pid, role in self.emulator.functions()}
        refused = {role: roles.tried(one.account, one, role, roles.credentials(pid)) for role, pid in sorted(processes.items())}
        asked = roles.simulated(one.account, one)
        told = ", ".join(f"{role} {count}" for role, count in refused.items())
        return f"{sum(refused.values())} calls refused by IAM ({told}); {asked} answers of its simulator"

    # ---- faults ----

    def killed(self):
        arguments = self.arguments
        self.flow = kills.Flow(self.run, self.emulator, arguments)
        self.run.canaries.append(self.flow.canary)
        took = self.flow.run()
        by_role = ", ".join(f"{role} {self.flow.killed.count(role)}" for role in kills.ROLES)
        again = sum(self.flow.refused.values())
        if arguments.kills and not self.flow.cut_off:
            raise account.Failed(f"{len(self.flow.killed)} kills met no invocation, so that they show nothing")
        if len(self.flow.killed) < arguments.kills:
            raise account.Failed(f"{len(self.flow.killed)} functions were killed, expected {arguments.kills}")
        return (
            f"{len(self.flow.killed)} kills of a function (seed {arguments.seed}: {by_role}), {self.flow.processes} processes, among {arguments.comments} "
            f"comments in {took:.0f} s: {self.flow.cut_off} invocations cut off; "
            f"{again} posts were answered otherwise than 200 and made again"
        )

    def nothing_lost(self):
        waited = self.run.settle()
        entries = list(self.run.stack.entries())
        steps.secrecy.demand_none("after the kills", self.flow.losses(entries))
        again = self.flow.doubled()
        return (
            f"{self.arguments.comments} comments, {len(self.flow.alerts)} alerts, 0 lost, 0 doubled records; "
            f"{again} messages told again by a kill before their note; nothing owed after {waited:.0f} s"
        )

    # ---- the end ----

    def smoke(self):
        """The test for a real account, tried here: its own code is proven, and what it says of an emulator proves nothing more."""
        one = self.run.stack
        environment = {**os.environ, **one.account.environment()}
        command = [sys.executable, str(REPOSITORY / "tests" / "cloud-smoke"), "--stack", one.name, "--region", one.account.region]
        command += ["--endpoint", one.account.endpoint, "--operator", one.operator, "--report", str(OUTPUT / "cloud-smoke.txt"), "--heard"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        (OUTPUT / "cloud-smoke.log").write_text(done.stdout + done.stderr, "utf-8")
        if done.returncode != 0:
            raise account.Failed(f"tests/cloud-smoke ended with {done.returncode}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
        return done.stdout.strip().splitlines()[-1]

    def nothing_told(self):
        return steps.kept_secret(self.run, [self.emulator.log, *OUTPUT.glob("function-*.log"), OUTPUT / "cloud-smoke.log"])

    def newcomer(self):
        """On an emulator of its own: one stack an account and region."""
        folder = OUTPUT / "newcomer"
        folder.mkdir()
        other = emulator.Emulator(folder)
        try:
            return newcomer.Newcomer(other.start(), folder / "checkout", self.bootstrap, str(self.operator)).all_steps()
        finally:
            other.stop()

    def stop(self):
        """Ends every process that the run started."""
        if self.provider:
            self.provider.stop()
        self.emulator.stop()

    def keep_logs(self):
        """Writes the functions' logs beside the emulator's own, whatever happened."""
        if self.run is None or self.emulator.process is None:
            return
        for group, line in self.run.logs():
            with open(OUTPUT / f"log-{group.strip('/').replace('/', '-')}.txt", "a", encoding="utf-8") as file:
                file.write(f"{line.rstrip()}\n")


def build(*command):
    """One build; its words go to standard error, since this may be the longest that anybody waits."""
    if subprocess.run(command, cwd=REPOSITORY, stdout=sys.stderr, check=False).returncode != 0:
        raise account.Failed(f"{' '.join(command)} failed")


def options():
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artifact", metavar="BOOTSTRAP", help="a built artifact, for the processor of this machine; without it, infra/build makes it")
    parser.add_argument("--operator", metavar="DAYZERO", help="a program with an operator's commands; without it, cargo builds it")
    parser.add_argument("--sam", action="store_true", help="follow infra/README.md with its own commands too, sam deploy among them")
    parser.add_argument("--kills", type=int, default=12, metavar="N", help="functions to kill, every process of one each time (default: %(default)s)")
    parser.add_argument("--comments", type=int, default=60, metavar="N", help="comments that come meanwhile (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of comments and kills (default: %(default)s)")
    return parser.parse_args()


def main():
    arguments = options()
    # What the caller's shell says of AWS is about another account.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    # A terminated run ends as an interrupted one: its processes with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun, deployed = time.monotonic(), Deployed(arguments)
    try:
        deployed.everything()
    except account.Failed as failure:
        print(f'{NAME}: FAILED at "{deployed.step}": {failure}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f'{NAME}: interrupted at "{deployed.step}"', file=sys.stderr)
        return 130
    except Exception as error:  # a client's error is a failed step too; one sentence is enough at the terminal
        (OUTPUT / "failure.txt").write_text(traceback.format_exc(), "utf-8")
        print(f'{NAME}: FAILED at "{deployed.step}": {type(error).__name__}: {str(error).splitlines()[0][:400] if str(error) else ""}', file=sys.stderr)
        return 1
    finally:
        try:
            deployed.keep_logs()
        finally:
            deployed.stop()
    print(f"{NAME}: every step passed ({deployed.count} steps, {time.monotonic() - begun:.0f} s)")
    return 0
