"""The rules over the template as AWS runs it: `aws-sam-translator` turns the functions and their events into CloudFormation's own
resources, and what counts is what comes out, not what went in. An emulator applies none of this; see README.md, "What is not proved".

Called by `check.py --translated`. These rules take the translated template and know of no SAM.
"""

import copy
import json
import logging
import os

from .changes import KEYS, TABLE, drop, inner, put
from .reading import FUNCTIONS, STANDINS, TOPICS, Template, listed, name_of, walk

RULES = {}

# Actions that work on single items, and so must be held to the leading part of their key.
ITEM_ACTIONS = {f"dynamodb:{name}" for name in ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "ConditionCheckItem"]}
# What IAM takes, in characters without blanks: of a managed policy, and of all policies that stand in one role. An ARN of ours is shorter.
MOST_SHARED, MOST_OWN, LONG_ARN = 6144, 10240, 100
# Every type of resource that may come out. Another one is something that SAM added and nobody looked at.
TYPES = {
    "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage", "AWS::CloudFormation::Stack", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table", "AWS::Events::Rule", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::KMS::Key", "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Logs::LogGroup", "AWS::SNS::Subscription",
    "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Scheduler::Schedule", "AWS::SecretsManager::Secret",
}


def rule(function):
    """A function from a translated template to sentences, one for each fault."""
    RULES[function.__name__] = function
    return function


def translate(template):
    """What the transform of AWS makes of a template. Where the program lies is made up, as `sam deploy` fills it in."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    import boto3
    from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    data = copy.deepcopy(template.data)
    data["Globals"]["Function"]["CodeUri"] = "s3://bucket/program.zip"
    logging.getLogger("samtranslator").setLevel(logging.ERROR)     # it warns that it reports no figures home
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="eu-west-1"), metrics=Metrics("checks", DummyMetricsPublisher()))
    return Template(template.text, translator.translate(data, {}))


@rule
def nothing_is_added(template):
    for name, body in template.resources.items():
        if body["Type"] not in TYPES:
            yield f"{name} is a {body['Type']}, which nobody asked for"
    for name in template.of_type("AWS::IAM::Role"):
        if name.removesuffix("Role") not in {*FUNCTIONS, "Schedule"} - set(STANDINS):
            yield f"the role {name} is none of ours: a function without a role gets one from SAM"
    for path, value in walk(template.resources):
        if isinstance(value, str) and value.startswith("arn:aws:iam::aws:policy/"):
            yield f"{'/'.join(path)} is a policy of AWS's, which is wider than ours"


@rule
def functions_are_as_written(template):
    found = template.of_type("AWS::Lambda::Function")
    if sorted(found) != sorted(FUNCTIONS):
        yield f"the functions that come out are {', '.join(sorted(found))}"
    for name, body in found.items():
        properties, part = body["Properties"], STANDINS.get(name, name)
        if (properties.get("Handler"), name_of(properties.get("Role"))) != (part.lower(), f"{part}Role.Arn"):
            yield f"{name} must play {part.lower()} in {part}Role"
        if not 1 <= properties.get("Timeout", 3) <= 900:
            yield f"{name}'s Timeout is {properties.get('Timeout')} s; Lambda takes 1 to 900"
        if properties.get("TracingConfig", {}).get("Mode") == "Active":
            yield f"{name} must have no tracing"


@rule
def streams_retry_and_report(template):
    """A poison record must cost its batch five tries and its place, not the shard."""
    mappings = template.of_type("AWS::Lambda::EventSourceMapping")
    if sorted(name_of(mapping["Properties"]["FunctionName"]) for mapping in mappings.values()) != ["Alert", "Assess"]:
        yield "Assess and Alert must each read the stream once"
    for name, body in mappings.items():
        mapping = body["Properties"]
        function = name_of(mapping["FunctionName"])
        for key, value in {
            "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
            "StartingPosition": "TRIM_HORIZON",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 5,
            "ParallelizationFactor": 10,
            "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": [f"{function}Failed", "Arn"]}}},
        }.items():
            if mapping.get(key) != value:
                yield f"{name} has {key}: {mapping.get(key)}; it must be {value}"
        if not 1 <= mapping.get("BatchSize", 0) <= 100:
            yield f"{name} takes {mapping.get('BatchSize')} records at once; 1 to 100 can be worked off in a function's time"
        if mapping.get("MaximumRecordAgeInSeconds", -1) != -1 or mapping.get("Enabled", True) is not True:
            yield f"{name} must be on and throw no record away by its age"
        if len(mapping.get("FilterCriteria", {}).get("Filters", [])) != 1:
            yield f"{name} must have its one filter: without it every write of the table wakes {function}"


@rule
def ticks_are_not_repeated(template):
    """The next tick is the retry. A tick that Lambda keeps and repeats is a third sweep when there is trouble already."""
    configs = {name_of(body["Properties"]["FunctionName"]): body["Properties"] for body in template.of_type("AWS::Lambda::EventInvokeConfig").values()}
    for name in ["Watch", "WatchAgain"]:
        config = configs.get(name, {})
        if (config.get("MaximumRetryAttempts"), config.get("MaximumEventAgeInSeconds")) != (0, 60):
            yield f"{name} must drop a tick that is a minute old, and repeat none"
        if config.get("DestinationConfig") != {"OnFailure": {"Destination": {"Fn::GetAtt": ["WatchFailed", "Arn"]}}}:
            yield f"{name} must report what fails to WatchFailed"


@rule
def tables_are_as_written(template):
    for name, recovery in [("Table", True), ("Keys", False)]:
        table = template.properties(name)
        for key, value in {
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": recovery},
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
            "DeletionProtectionEnabled": True,
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True} if name == "Table" else None,
        }.items():
            if table.get(key) != value:
                yield f"{name} comes out with {key}: {table.get(key)}; it must be {value}"
        if template.resources[name].get("DeletionPolicy") != "Retain":
            yield f"{name} must come out with DeletionPolicy: Retain"


def statements(template):
    """Every statement of a role or of a policy that roles share, with where it stands."""
    for name, body in template.of_type("AWS::IAM::Role").items():
        for policy in body["Properties"].get("Policies", []):
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])
    for name, body in template.of_type("AWS::IAM::ManagedPolicy").items():
        yield from ((name, statement) for statement in body["Properties"]["PolicyDocument"]["Statement"])


@rule
def items_are_held_to_their_keys(template):
    """An emulator that applies no conditions lets every role at every item."""
    for name, statement in statements(template):
        actions = set(listed(statement.get("Action", [])))
        condition = statement.get("Condition", {})
        leading = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
        whole = [resource for resource in listed(statement.get("Resource", [])) if resource in (TABLE, KEYS)]
        if whole and actions & ITEM_ACTIONS and (not leading or "*" in leading):
            yield f"{name} may {', '.join(sorted(actions))} on any item"
        for action in sorted(actions):
            if action.startswith(("dynamodb:Delete", "dynamodb:PartiQL", "dynamodb:BatchWrite")):
                yield f"{name} may {action}: nothing is deleted, and nothing written in another way"
        if "dynamodb:UpdateItem" in actions and not any("dynamodb:Attributes" in keys for keys in condition.values()):
            yield f"{name} may update any attribute"


def filled(value):
    """A policy as IAM gets it, with a long name for every resource."""
    if isinstance(value, dict):
        return "x" * LONG_ARN if set(value) <= {"Ref", "Fn::GetAtt", "Fn::Sub"} else {key: filled(below) for key, below in value.items()}
    return [filled(below) for below in value] if isinstance(value, list) else value


@rule
def policies_fit(template):
    """IAM refuses a policy that is too long, and only when it is deployed."""
    def size(document):
        return len(json.dumps(filled(document), separators=(",", ":")))

    for name, body in template.of_type("AWS::IAM::ManagedPolicy").items():
        if size(body["Properties"]["PolicyDocument"]) > MOST_SHARED:
            yield f"{name} is longer than the {MOST_SHARED} characters of a managed policy"
    for name, body in template.of_type("AWS::IAM::Role").items():
        if sum(size(policy["PolicyDocument"]) for policy in body["Properties"].get("Policies", [])) > MOST_OWN:
            yield f"the policies of {name} are longer than the {MOST_OWN} characters of a role's own"


@rule
def keys_open_one_thing(template):
    for name, statement in statements(template):
        used = [action for action in listed(statement.get("Action", [])) if action.startswith("kms:")]
        context = [key for keys in statement.get("Condition", {}).values() for key in keys if key.startswith("kms:EncryptionContext:")]
        if used and not context:
            yield f"{name} may {', '.join(used)} whatever is sealed with the key, not one thing"


@rule
def the_console_publishes_nothing(template):
    review = template.properties("ReviewRole")
    shared = {name_of(reference) for reference in review.get("ManagedPolicyArns", [])}
    for name, statement in statements(template):
        if name == "ReviewRole" or name in shared or {"Ref": "ReviewRole"} in template.properties(name).get("Roles", []):
            for action in listed(statement.get("Action", [])):
                # The one secret that it may read is its own client's, where there is one.
                if action == "secretsmanager:GetSecretValue" and name == "ReadSignInSecret":
                    continue
                if action.startswith(("sns:", "lambda:", "secretsmanager:", "sqs:")):
                    yield f"ReviewRole may {action} by {name}; the console publishes nothing and starts nothing"


@rule
def only_named_callers_start_functions(template):
    for name, body in template.of_type("AWS::Lambda::Permission").items():
        permission = body["Properties"]
        if permission.get("Principal") not in ("apigateway.amazonaws.com", "events.amazonaws.com") or "SourceArn" not in permission:
            yield f"{name} must let one API or one rule start a function, and nobody else"


@rule
def topics_take_from_the_account(template):
    policies = list(template.of_type("AWS::SNS::TopicPolicy").values())
    for topic in TOPICS:
        denied = [statement.get("Condition", {}) for body in policies if {"Ref": topic} in body["Properties"]["Topics"]
                  for statement in body["Properties"]["PolicyDocument"]["Statement"] if statement["Effect"] == "Deny"]
        if {"StringNotEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}} not in denied:
            yield f"{topic} must deny other accounts"
        if {"Bool": {"aws:SecureTransport": "false"}} not in denied:
            yield f"{topic} must deny what comes without TLS"


def of_mapping(name, key, value):
    return put(name, "Properties", key, value)


def first_of(policy, *path):
    return (policy, "Properties", "PolicyDocument", "Statement", *path)


# Planted in what comes out, for the rules here, or before, where SAM makes the fault ("before").
FAULTS = [
    ("nothing_is_added", "before", "a function without a role", drop("WatchAgain", "Properties", "Role")),
    ("nothing_is_added", "before", "a schedule of SAM's", put("Reconcile", "Properties", "Events", {"Night": {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 day)"}}})),
    ("nothing_is_added", "after", "a resource that nobody asked for", put("Extra", {"Type": "AWS::S3::Bucket", "Properties": {}})),
    ("functions_are_as_written", "after", "a timeout of 1000 s", put("Assess", "Properties", "Timeout", 1000)),
    ("functions_are_as_written", "after", "another part", put("Alert", "Properties", "Handler", "assess")),
    ("functions_are_as_written", "before", "tracing", put("Alert", "Properties", "Tracing", "Active")),
    ("streams_retry_and_report", "after", "a start that does not exist", of_mapping("AssessDeliveryKept", "StartingPosition", "EARLIEST")),
    ("streams_retry_and_report", "after", "a batch of 20000", of_mapping("AssessDeliveryKept", "BatchSize", 20000)),
    ("streams_retry_and_report", "before", "tries without end", drop("Alert", "Properties", "Events", "HeadChanged", "Properties", "MaximumRetryAttempts")),
    ("streams_retry_and_report", "before", "nowhere for what fails", drop("Alert", "Properties", "Events", "HeadChanged", "Properties", "DestinationConfig")),
    ("streams_retry_and_report", "before", "no partial failure", drop("Assess", "Properties", "Events", "DeliveryKept", "Properties", "FunctionResponseTypes")),
    ("streams_retry_and_report", "before", "a mapping that is off", put("Assess", "Properties", "Events", "DeliveryKept", "Properties", "Enabled", False)),
    ("streams_retry_and_report", "before", "everything wakes it", drop("Assess", "Properties", "Events", "DeliveryKept", "Properties", "FilterCriteria")),
    ("ticks_are_not_repeated", "before", "ticks tried again", drop("WatchAgain", "Properties", "EventInvokeConfig", "MaximumRetryAttempts")),
    ("ticks_are_not_repeated", "after", "ticks that fail unseen", drop("WatchEventInvokeConfig")),
    ("tables_are_as_written", "after", "no recovery", drop("Table", "Properties", "PointInTimeRecoverySpecification")),
    ("tables_are_as_written", "after", "marks for ever", drop("Table", "Properties", "TimeToLiveSpecification")),
    ("tables_are_as_written", "after", "another key", put("Keys", "Properties", "SSESpecification", {"SSEEnabled": True})),
    ("items_are_held_to_their_keys", "after", "any item", drop(*first_of("AlertItems", 0, "Condition"))),
    ("items_are_held_to_their_keys", "after", "any key", put(*first_of("UseKeysOfComments", 0, "Condition", "ForAllValues:StringLike", "dynamodb:LeadingKeys"), ["*"])),
    ("items_are_held_to_their_keys", "after", "any attribute", drop(*first_of("AlertItems", 1, "Condition", "ForAllValues:StringLike", "dynamodb:Attributes"))),
    ("items_are_held_to_their_keys", "after", "delete", put(*first_of("AlertItems", 4, "Action"), ["dynamodb:DeleteItem"])),
    ("policies_fit", "after", "a shared policy too long", lambda data: inner(data, *first_of("ReadStream")).append({"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": ["x" * 100] * 60})),
    ("policies_fit", "after", "a role too long", lambda data: inner(data, "AlertRole", "Properties", "Policies").extend(inner(data, "ReviewRole", "Properties", "Policies") * 3)),
    ("keys_open_one_thing", "after", "the key for any table", drop(*first_of("UseTableKey", 0, "Condition", "StringEquals", "kms:EncryptionContext:aws:dynamodb:tableName"))),
    ("the_console_publishes_nothing", "after", "a console that alerts", lambda data: inner(data, "ReviewRole", "Properties", "ManagedPolicyArns").append({"Ref": "PublishAlerts"})),
    ("only_named_callers_start_functions", "before", "a public address", put("Receive", "Properties", "FunctionUrlConfig", {"AuthType": "NONE"})),
    ("only_named_callers_start_functions", "after", "any API", drop("ReceivePermission", "Properties", "SourceArn")),
    ("topics_take_from_the_account", "after", "other accounts publish", drop(*first_of("TopicsStayInTheAccount", 1))),
    ("topics_take_from_the_account", "after", "alerts in the clear", drop(*first_of("TopicsStayInTheAccount", 2))),
]


def planted(template, right):
    """Each fault as the rule that must find it, what was done, the translated template with it, and whether it changes anything."""
    for name, when, what, change in FAULTS:
        data = copy.deepcopy((template if when == "before" else right).data)
        change(data)
        faulty = Template(template.text, data)
        faulty = translate(faulty) if when == "before" else faulty
        yield name, what, faulty, str(faulty.data) != str(right.data)
