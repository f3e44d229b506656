"""Reading the template: CloudFormation's short forms, duplicate keys refused, and the few ways in which the rules look at it."""

import ast
import json
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent

FUNCTIONS = ["Receive", "Assess", "Alert", "Watch", "WatchAgain", "Review", "Reconcile"]
# Functions that play another one's part beside it, in its role.
STANDINS = {"WatchAgain": "Watch"}
TOPICS = ["SafetyDeskTopic", "SafetyOnCallTopic", "QppvTopic", "QualityDeskTopic", "DutyOfCareTopic"]
# Queues whose messages another system takes: one with messages in it is well, as long as its reader comes.
READ_BY_OTHERS = {"SafetyDeskQueue"}
PSEUDO = {
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName",
    "AWS::URLSuffix",
}

RULES = {}


def rule(function):
    """A function from a template to sentences, one for each fault."""
    RULES[function.__name__] = function
    return function


class Template:
    """A template and, with the whole one, the part of it that holds the alarms; with that part, the pages beside it if they are not the ones there."""

    def __init__(self, text, data=None, alarms=None, pages=None):
        self.text = text
        self.data = data if data is not None else yaml.load(text, Loader=_Loader)
        self.resources = self.data["Resources"]
        self.alarms = alarms
        self.pages = pages

    def of_type(self, kind):
        return {name: body for name, body in self.resources.items() if body["Type"] == kind}

    def properties(self, name):
        return self.resources.get(name, {}).get("Properties", {})

    def function(self, name):
        """A function's properties with what it inherits; SAM adds a function's own variables to those of all."""
        inherited, own = self.data["Globals"]["Function"], self.properties(name)
        merged = inherited | own
        if "Environment" in inherited and "Environment" in own:
            variables = inherited["Environment"].get("Variables", {}) | own["Environment"].get("Variables", {})
            merged["Environment"] = inherited["Environment"] | own["Environment"] | {"Variables": variables}
        return merged

    # What a planted fault puts in the place of files.
    files = {}

    def source(self, path):
        """A file of the repository that the template is held against."""
        return self.files.get(path) or _text(path)


@cache
def _text(path):
    return (ROOT / path).read_text(encoding="utf-8")


class _Loader(yaml.SafeLoader):
    """Short forms (!Ref, !GetAtt) become their long ones; a key given twice is an error, not the last one."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands twice in one mapping", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _short_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def doubled(source):
    """What a program of ours says twice, of which Python keeps the last: keys of a mapping, and names of a module."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from _twice((key.value, key.lineno) for key in node.keys if isinstance(key, ast.Constant))
    assigned = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    names = [name for target in assigned for name in ast.walk(target) if isinstance(name, ast.Name)]
    named = [(name.id, name.lineno) for name in names]
    named += [(node.name, node.lineno) for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    yield from _twice(named)


def _twice(pairs):
    seen = set()
    for name, line in pairs:
        if name in seen:
            yield f"line {line} says {name} a second time, and only the last would count"
        seen.add(name)


def walk(value, path=()):
    """Every mapping and scalar below, with the path to it."""
    yield path, value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from walk(below, path + (str(key),))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from walk(below, path + (str(index),))


def listed(value):
    return value if isinstance(value, list) else [value]


def name_of(value):
    """`Key.Arn` for a GetAtt, `Table` for a Ref, the pattern of a Sub, else the text itself."""
    if isinstance(value, dict):
        (kind, inner), *_ = value.items()
        if kind == "Fn::GetAtt":
            return ".".join(inner)
        return inner if isinstance(inner, str) else json.dumps(value)
    return value
