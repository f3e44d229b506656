"""One deployed stack: deployed from the template, or found by its name; and all that the steps ask of it. The same for an emulator and for
AWS. Secrets are made anew for each deployment: the development secrets are published with the source and open no deployed door.
"""
import base64
import io
import json
import os
import pathlib
import platform
import secrets
import subprocess
import time
import zipfile

import account
import platforms
import template

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
PROTOCOL = REPOSITORY / "events" / "protocol.toml"
# Seconds that CloudFormation may take: minutes on AWS, where two keys and tables are made.
DEPLOY_LIMIT = 900
# Seconds that one command of an operator may take.
COMMAND_LIMIT = 120
# What separates owed work from the rest in the index, in milliseconds.
OWED = 1_000_000_000_000_000
TOPICS = ("SafetyDesk", "SafetyOnCall", "Qppv", "QualityDesk", "DutyOfCare")


class Stack:
    def __init__(self, held, name, operator):
        """`held` is the account that it lies in, `operator` the program with an operator's commands."""
        self.account, self.name, self.operator = held, name, operator
        self.outputs, self.resources, self.secrets = {}, {}, {}

    # ---- deploying ----

    def upload(self, bootstrap, bucket):
        """Puts the artifact into a bucket as the zip that Lambda wants; its key."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, pathlib.Path(bootstrap).read_bytes())
        make_bucket(self.account, bucket)
        key = f"{self.name}/{int(time.time())}.zip"
        self.account.s3.put_object(Bucket=bucket, Key=key, Body=packed.getvalue())
        return key

    def put(self, bucket, name, made):
        """Puts a template into a bucket; its address, as CloudFormation wants it."""
        key = f"{self.name}/{name}"
        self.account.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(made).encode())
        return self.account.s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}).split("?")[0]

    def deploy(self, made, bucket, parameters):
        """Creates or updates the stack out of a packaged template; the seconds that took."""
        begun = time.monotonic()
        request = {
            "StackName": self.name,
            "TemplateURL": self.put(bucket, "template.json", made),
            "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        cloudformation = self.account.cloudformation
        if self.status() is None:
            cloudformation.create_stack(**request)
        else:
            cloudformation.update_stack(**request)
        account.wait(f"the stack {self.name} deployed", lambda: ("IN_PROGRESS" not in (self.status() or ""), self.status()), DEPLOY_LIMIT)
        if self.status() not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise account.Failed(f"the stack {self.name} is {self.status()}: {self.first_failure()}")
        self.find()
        return time.monotonic() - begun

    def status(self):
        try:
            return self.account.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        except self.account.cloudformation.exceptions.ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def first_failure(self):
        events = self.account.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("FAILED")]
        return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}" for event in failed[:3])

    def find(self):
        """Reads what the stack is made of."""
        cloudformation = self.account.cloudformation
        found = cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        self.resources = dict(self._resources(self.name, ""))

    def _resources(self, name, within):
        """Type and physical name of each resource by its logical name, with those of the stacks within it."""
        for page in self.account.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
            for found in page["StackResourceSummaries"]:
                logical, physical = within + found["LogicalResourceId"], found["PhysicalResourceId"]
                yield logical, (found["ResourceType"], physical)
                if found["ResourceType"] == "AWS::CloudFormation::Stack":
                    yield from self._resources(physical, f"{logical}/")

    # ---- what it is made of ----

    def of_type(self, kind):
        """Physical names by logical ones, of one type of resource."""
        return {name: physical for name, (found, physical) in self.resources.items() if found == kind}

    @property
    def table(self):
        return self.outputs["TableName"]

    def topics(self):
        return {name: self.outputs[f"{name}TopicArn"] for name in TOPICS}

    def functions(self):
        """The functions' names by the role they play. Two may play one, as the two sweeps do: the first in the order of names stands here."""
        found = {}
        for _, name in sorted(self.of_type("AWS::Lambda::Function").items()):
            found.setdefault(self.account.client("lambda").get_function_configuration(FunctionName=name)["Handler"], name)
        return found

    def role_arn(self, role):
        """The ARN of the role that a function plays its part under."""
        return self.account.client("lambda").get_function_configuration(FunctionName=self.functions()[role])["Role"]

    def mappings(self):
        """The ids of the stream's mappings to functions."""
        pages = self.account.client("lambda").get_paginator("list_event_source_mappings")
        ours = set(self.of_type("AWS::Lambda::Function").values())
        found = [mapping for page in pages.paginate() for mapping in page["EventSourceMappings"]]
        return [mapping["UUID"] for mapping in found if mapping["FunctionArn"].rsplit(":", 1)[-1] in ours]

    def stream(self, on):
        """Switches the stream's mappings on or off, and waits until they are."""
        client = self.account.client("lambda")
        wanted = "Enabled" if on else "Disabled"
        for mapping in self.mappings():
            client.update_event_source_mapping(UUID=mapping, Enabled=on)
        for mapping in self.mappings():
            ready = lambda mapping=mapping: (lambda state: (state == wanted, state))(client.get_event_source_mapping(UUID=mapping)["State"])
            account.wait(f"the mapping {mapping} {wanted.lower()}", ready, 120)

    def ticks(self, on):
        """Switches everything that ticks on or off. A schedule is changed whole, so what it was is sent back with it."""
        for rule in self.of_type("AWS::Events::Rule").values():
            # A rule is named as ARN or name, by the service that tells of it.
            change = self.account.events.enable_rule if on else self.account.events.disable_rule
            change(Name=rule.rsplit("/", 1)[-1])
        scheduler = self.account.scheduler
        for name in self.of_type("AWS::Scheduler::Schedule").values():
            found = scheduler.get_schedule(Name=name)
            kept = ("Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target", "Description")
            scheduler.update_schedule(**{key: found[key] for key in kept if key in found}, State="ENABLED" if on else "DISABLED")

    def wake(self, role):
        """Has a function invoked once, as a schedule does, without waiting for it."""
        self.account.client("lambda").invoke(FunctionName=self.functions()[role], InvocationType="Event", Payload=b"{}")

    # ---- people's side ----

    def command(self, *arguments, check=True):
        """One command of an operator on this stack; what it printed."""
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": os.environ.get("HOME", "/"),
            "DAYZERO_TABLE": self.table,
            "DAYZERO_KEYS_TABLE": self.outputs["KeysTableName"],
            "DAYZERO_KMS_KEY": self.outputs["WrappingKeyArn"],
            **self.account.environment(),
        }
        done = subprocess.run(
            [self.operator, *arguments], env=environment, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False, cwd=REPOSITORY
        )
        if check and done.returncode != 0:
            raise account.Failed(f"dayzero {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()[:400]}")
        return done.stdout

    def make_secrets(self, prefix="dayzero/"):
        """A new secret for every door of the sample protocol, in the secret store."""
        for door in platforms.DOORS:
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            value = {"secrets": [f"whsec_{key}" if door == "forum" else secrets.token_urlsafe(32)], "verify_token": secrets.token_urlsafe(16)}
            self.secrets[door] = value
            name = f"{prefix}{door}"
            store = self.account.secretsmanager
            try:
                store.create_secret(Name=name, SecretString=json.dumps(value))
            except store.exceptions.ResourceExistsException:
                raise account.Failed(f"the secret {name} exists already; this test makes its own and would overwrite it") from None

    def read_secrets(self, prefix="dayzero/"):
        """The secrets of the doors that have one in the secret store."""
        store = self.account.secretsmanager
        for door in platforms.DOORS:
            try:
                text = store.get_secret_value(SecretId=f"{prefix}{door}")["SecretString"]
            except store.exceptions.ResourceNotFoundException:
                continue
            try:
                value = json.loads(text)
            except ValueError:
                value = text
            self.secrets[door] = value if isinstance(value, dict) else {"secrets": [text]}

    # ---- the door ----

    def post(self, sample, forged=False):
        """Posts one body as its platform would, or with a signature of nobody's; status and body of the answer."""
        secret = "nobody's" if forged else self.secrets[sample.door]["secrets"][0]
        if forged and sample.door == "forum":
            secret = "whsec_" + base64.b64encode(b"nobody's").decode()
        headers = dict(sample.headers)
        if not sample.signed_inside:
            headers.update(platforms.sign(sample.door, secret, sample.body))
        status, _, body = self.account.ask("POST", self.outputs["WebhookBaseUrl"] + sample.door, platforms.resign(sample, secret), headers)
        return status, body

    # ---- what is stored ----

    def items(self, table=None, **question):
        """Every item of the table as it lies there, in DynamoDB's own form."""
        pages = self.account.dynamodb.get_paginator("scan")
        for page in pages.paginate(TableName=table or self.table, ConsistentRead=True, **question):
            yield from page["Items"]

    def delivery(self, partition):
        """A kept delivery's state, None if there is none."""
        key = {"pk": {"S": partition}, "sk": {"S": "raw"}}
        item = self.account.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return item and json.loads(item["state"]["S"])

    def open_work(self):
        """How many items the machine owes something now: deliveries to work off, alerts to publish."""
        now = time.time() * 1000
        names = {"#work": "work", "#wake": "wake"}
        question = {"FilterExpression": "attribute_exists(#work)", "ExpressionAttributeNames": names, "ProjectionExpression": "pk, sk, #wake"}
        items = [item for item in self.items(**question) if "wake" in item]
        return [item["pk"]["S"] for item in items if is_due(int(item["wake"]["N"]), now)]

    def entries(self):
        """Every entry of every comment's chain, as an operator exports them: pairs of a key and what happened."""
        for line in self.command("audit", "export").strip().split("\n"):
            try:
                entry = json.loads(line)
            except ValueError:
                raise account.Failed(f"dayzero audit export printed {line[:200]!r}, expected JSON") from None
            if "key" in entry and not entry["key"].startswith("journal:"):
                yield entry["key"], json.loads(entry["body"])["what"]


def is_due(wake, now):
    """Whether an item's place in the index of open work says that something is owed at `now`, in milliseconds since 1970: what is owed
    already stands far below every time (`src/model/waking.rs`), the rest falls due at its own."""
    return wake < -OWED / 2 or wake <= now


def make_bucket(held, bucket):
    where = {} if held.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": held.region}}
    try:
        held.s3.create_bucket(Bucket=bucket, **where)
    except (held.s3.exceptions.BucketAlreadyOwnedByYou, held.s3.exceptions.BucketAlreadyExists):
        pass


def packaged(bootstrap, stack, bucket, emulated):
    """The template ready to deploy, its parts uploaded, and what an emulator had to be spared of them."""
    key = stack.upload(bootstrap, bucket)
    made, taken = template.package(template.read(), bucket, key), []
    for properties, name in template.parts(made):
        part = template.read(template.TEMPLATE.parent / name)
        if emulated:
            part, more = template.relieve(part)
            taken += [f"{name}: {line}" for line in more]
        properties["TemplateURL"] = stack.put(bucket, pathlib.Path(name).with_suffix(".json").name, part)
    if emulated:
        made, more = template.relieve(made)
        taken += more
    return made, taken


def here():
    """The processor of this machine, as Lambda names it: an emulator starts the artifact as a process."""
    return "arm64" if platform.machine() == "aarch64" else "x86_64"


def parameters(made, **wanted):
    """Those wanted that the template has; every other parameter stays at its default."""
    return {name: value for name, value in wanted.items() if name in made["Parameters"]}
