"""The steps of `infra/README.md` as a newcomer takes them: its own commands, read out of it, with the tools that it names, against an emulator. What
is done by hand there (an editor, a placeholder in angle brackets) is done here as the text beside it says. `tests/deployed --sam` calls it.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess

import account
import own_venv
import platforms
import stack
import template

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
INFRA = REPOSITORY / "infra"
VENV = REPOSITORY / ".venv-sam"
# Seconds that one command may take: sam deploys whole.
COMMAND_LIMIT = 300
PLACEHOLDER = re.compile(r"<(?:output )?([A-Za-z0-9]+)>")


def commands():
    """Every command line of the page: what stands in its indented blocks, with continued lines as one."""
    text = (INFRA / "README.md").read_text("utf-8").replace("\\\n", " ")
    return [re.sub(r" +", " ", line.strip()) for line in text.split("\n") if line.startswith("    ") and line.strip()]


def command(beginning):
    """The one command that begins so, without what a comment or a further command says behind it."""
    found = [line for line in commands() if line.startswith(beginning)]
    if not found:
        raise account.Failed(f"infra/README.md has no command that begins with {beginning!r}")
    return re.split(r" +#| && ", found[0])[0]


class Newcomer:
    def __init__(self, held, folder, bootstrap, operator):
        self.account, self.folder = held, pathlib.Path(folder)
        self.bootstrap, self.operator = bootstrap, operator
        python = own_venv.install(VENV, "requirements-sam.txt")
        path = f"{python.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        quiet = {"SAM_CLI_TELEMETRY": "0", "AWS_PAGER": "", "AWS_DEFAULT_REGION": held.region}
        self.environment = {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8", **quiet, **held.environment()}

    def prepare(self):
        """A checkout with the artifact where the build leaves it, and a template that the emulator can judge."""
        shutil.rmtree(self.folder, ignore_errors=True)
        program = self.folder / "target" / "lambda" / "dayzero"
        program.mkdir(parents=True)
        shutil.copy(self.bootstrap, program / "bootstrap")
        shutil.copytree(INFRA, self.folder / "infra", ignore=shutil.ignore_patterns("__pycache__", "samconfig.toml"))
        whole = template.read()
        for name in ["template.yaml", *(part for _, part in template.parts(whole))]:
            relieved, _ = template.relieve(template.read(INFRA / name))
            (self.folder / "infra" / name).write_text(json.dumps(relieved), "utf-8")

    def sh(self, line, answers="", **placeholders):
        """Runs a command of the page in a shell, with its placeholders filled in; what it printed."""
        filled = PLACEHOLDER.sub(lambda found: placeholders.get(found[1], found[0]), line)
        if "<" in filled:
            raise account.Failed(f"infra/README.md: nothing fills the placeholder in {filled!r}")
        done = subprocess.run(
            ["sh", "-c", filled], cwd=self.folder, env=self.environment, input=answers, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False
        )
        with open(self.folder / "commands.txt", "a", encoding="utf-8") as file:
            file.write(f"$ {filled}\n{done.stdout}{done.stderr}\n")
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise account.Failed(f"infra/README.md: {line!r} ended with {done.returncode}: {''.join(last)[:300]}")
        return done.stdout

    def edit(self):
        """The configuration as the page says to fill it in, without a hostname, for this processor, with one secret."""
        path = self.folder / "infra" / "samconfig.toml"
        kept = [line for line in path.read_text("utf-8").split("\n") if not re.search(r'"Webhook(Domain|CertificateArn)=', line)]
        text = "\n".join(kept).replace('# "Architecture=arm64"', f'"Architecture={stack.here()}"')
        if f'"Architecture={stack.here()}"' not in text:
            raise account.Failed("infra/samconfig.example.toml has no line for the parameter Architecture")
        path.write_text(text, "utf-8")

    def all_steps(self):
        self.prepare()
        self.sh(command("cp infra/samconfig.example.toml"))
        self.edit()
        # sam shows what it will make and asks.
        self.sh(command("sam deploy"), answers="y\n")
        one = stack.Stack(self.account, "dayzero", self.operator)
        one.find()
        secret = {"secrets": ["a newcomer's app secret"], "verify_token": "a newcomer's token"}
        (self.folder / "meta.json").write_text(json.dumps(secret), "utf-8")
        self.sh(command("aws secretsmanager put-secret-value"))
        self.sh(command("aws cloudformation describe-stacks"))
        status = self.account.ask("GET", one.outputs["WebhookBaseUrl"] + "nobody")[0]
        if status != 404:
            raise account.Failed(f"infra/README.md says that a door that is not there answers 404, and it answered {status}")
        one.command("protocol", "check", str(stack.PROTOCOL))
        one.command("protocol", "publish", str(stack.PROTOCOL))
        self.sh(command("aws sns subscribe"), **one.outputs)
        one.secrets["meta"] = secret
        sample = next(sample for sample in platforms.samples(False) if sample.name == "facebook/comment_on_post.json")
        # Functions that were running before the publication take it up within a minute; a platform comes again meanwhile.
        opened = account.wait("the newcomer's door open", lambda: (lambda status: (status == 200, f"{status}"))(one.post(sample)[0]), 90, every=2)
        status, _ = one.post(sample, forged=True)
        if status != 401:
            raise account.Failed(f"the newcomer's door answered {status} to a forged delivery, expected 401")
        took = account.wait("the newcomer's delivery worked off", lambda: (one.delivery(platforms.partition(sample)) == "worked_off", "kept"), 60)
        return (
            f"the commands of infra/README.md, {len(one.resources)} resources by sam deploy; its door was open {opened:.0f} s after the publication, "
            f"a signed delivery worked off {took:.1f} s later, a forged one refused"
        )
