"""The template of `infra/` as it is deployed by a test: read, packaged as `sam package` would, and for an emulator relieved of exactly those
rules that it cannot judge. What was taken out is listed, never guessed; the template's own checks assert all of it on the original.
Called by `deploy.py`; nothing here talks to AWS.
"""
import copy
import pathlib

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
TEMPLATE = REPOSITORY / "infra" / "template.yaml"

# A condition on what an emulator does not tell its policy engine. On AWS the key has a value; where it has none, a rule that wants one refuses
# everything, and the key store with it: the line would then go on without sealing, and a test would prove the wrong thing.
UNKNOWN_KEYS = ("kms:EncryptionContext:dayzero:",)
# A statement that forbids what the emulator always does: it speaks plain HTTP on loopback.
TRANSPORT = "aws:SecureTransport"


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, written out as the long ones."""


def _tag(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _tag)
# A date in a template (`Version: 2012-10-17`) is text.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path=TEMPLATE):
    """The template with its functions written out."""
    return yaml.load(pathlib.Path(path).read_text("utf-8"), Loader)


def package(template, bucket, key):
    """What `sam package` makes of it: code that lies in S3."""
    packaged = copy.deepcopy(template)
    packaged["Globals"]["Function"]["CodeUri"] = f"s3://{bucket}/{key}"
    return packaged


def parts(template):
    """The stacks within the stack, whose templates lie in files beside it: pairs of the resource's properties and the file's name."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::CloudFormation::Stack" and "://" not in str(resource["Properties"]["TemplateURL"]):
            yield resource["Properties"], resource["Properties"]["TemplateURL"]


def relieve(template):
    """The template without what an emulator cannot judge, and one sentence for each thing that was taken out."""
    relieved, taken = copy.deepcopy(template), []
    # The provider of a test speaks plain HTTP on loopback, which the program allows and a deployment must not.
    if relieved.get("Parameters", {}).get("SignInIssuer", {}).pop("AllowedPattern", None):
        taken.append("the parameter SignInIssuer: that it begins with https://")
    for name in [name for name, resource in relieved["Resources"].items() if _is_arithmetic(resource)]:
        del relieved["Resources"][name]
        taken.append(f"{name}: the whole alarm, which adds up several metrics")
    for name, resource in relieved["Resources"].items():
        for where, document in _policies(resource.get("Properties", {})):
            kept = []
            for number, statement in enumerate(document["Statement"]):
                place = f"{name}{where}, statement {number + 1}"
                keys = [key for rules in statement.get("Condition", {}).values() for key in rules]
                if statement["Effect"] == "Deny" and keys == [TRANSPORT]:
                    taken.append(f"{place}: the whole statement, a Deny on {TRANSPORT}")
                    continue
                taken += [f"{place}: the condition on {key}" for key in _drop_unknown(statement)]
                kept.append(statement)
            document["Statement"] = kept
    return relieved, taken


def _is_arithmetic(resource):
    return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]


def _policies(properties):
    """Every policy document of a resource that decides what a role or a topic may do. The policies of keys stay as they are: nobody is
    refused by them here."""
    if "PolicyDocument" in properties:
        yield "", properties["PolicyDocument"]
    for policy in properties.get("Policies", []):
        yield f"/{policy['PolicyName']}", policy["PolicyDocument"]


def _drop_unknown(statement):
    """Takes the conditions on unknown keys out of a statement; their names."""
    dropped = []
    for operator, rules in list(statement.get("Condition", {}).items()):
        for key in [key for key in rules if key.startswith(UNKNOWN_KEYS)]:
            del rules[key]
            dropped.append(key)
        if not rules:
            del statement["Condition"][operator]
    if not statement.get("Condition", True):
        del statement["Condition"]
    return dropped
