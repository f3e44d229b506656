"""The rules over names, table, functions, streams, schedule and door."""

import json
import re
from functools import cache

import yaml

from .reading import FUNCTIONS, PSEUDO, STANDINS, listed, name_of, rule, walk

STREAM_SETTINGS = {
    "Stream": {"Fn::GetAtt": ["Table", "StreamArn"]},
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 25,
    "ParallelizationFactor": 10,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 5,
}
STREAM_FILTERS = {
    "Assess": {"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "delivery#"}]}, "sk": {"S": ["raw"]}}}},
    "Alert": {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "comment#"}]}, "sk": {"S": ["head"]}}}},
}
# What the program reads from its environment (src/config.rs), each with a value of the stack's.
VARIABLES = {"DAYZERO_TABLE", "DAYZERO_KEYS_TABLE", "DAYZERO_KMS_KEY", "DAYZERO_TOPICS", "DAYZERO_SECOND_TOPICS", "DAYZERO_CONSOLE_URL"}

# What the console alone reads beside them.
SIGN_IN = {f"DAYZERO_SIGN_IN_{name}" for name in ["ISSUER", "CLIENT_ID", "SECRET", "ROLES", "ROLES_CLAIM", "SCOPES"]}


@cache
def aliases(text):
    return [(token.start_mark.line + 1, token.value) for token in yaml.scan(text) if isinstance(token, yaml.AliasToken)]


@rule
def plain_yaml(template):
    """CloudFormation takes no aliases."""
    for line, name in aliases(template.text):
        yield f"line {line} uses the alias *{name}; CloudFormation takes none: write the value out"


@rule
def names_exist(template):
    resources, conditions = set(template.resources), set(template.data.get("Conditions", {}))
    known = resources | set(template.data.get("Parameters", {})) | PSEUDO
    for path, value in walk(template.data):
        if not isinstance(value, dict):
            continue
        at = "/".join(path)
        if isinstance(value.get("Ref"), str) and value["Ref"] not in known:
            yield f"{at} refers to {value['Ref']}, which is no resource and no parameter"
        if "Fn::GetAtt" in value and value["Fn::GetAtt"][0] not in resources:
            yield f"{at} takes an attribute of {value['Fn::GetAtt'][0]}, which is no resource"
        if "Fn::Sub" in value:
            for name in re.findall(r"\$\{([^!}][^}]*)\}", listed(value["Fn::Sub"])[0]):
                if name.split(".")[0] not in (resources if "." in name else known):
                    yield f"{at} substitutes {name}, which is no resource and no parameter"
        if "Fn::If" in value and value["Fn::If"][0] not in conditions:
            yield f"{at} asks for the condition {value['Fn::If'][0]}, which does not exist"
        if isinstance(value.get("Condition"), str) and value["Condition"] not in conditions:
            yield f"{at} has the condition {value['Condition']}, which does not exist"
        for name in listed(value.get("DependsOn", [])):
            if name not in resources:
                yield f"{at} depends on {name}, which is no resource"


@rule
def table_is_protected(template):
    table = template.properties("Table")
    expected = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    for name, value in expected.items():
        if table.get(name) != value:
            yield f"the table's {name} is {table.get(name)}; it must be {value}"
    if sorted(template.of_type("AWS::DynamoDB::Table")) != ["Keys", "Table"]:
        yield "there must be two tables, named Table and Keys"
    for resource in ["Table", "Key"]:
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"]:
            if template.resources[resource].get(policy) != "Retain":
                yield f"{resource} must have {policy}: Retain, or a stack operation can destroy the evidence"
    if template.properties("Key").get("EnableKeyRotation") is not True:
        yield "the key must rotate"


@rule
def keys_are_kept_apart(template):
    """What an erasure destroys must be in no backup, and nothing else may destroy it."""
    keys = template.properties("Keys")
    expected = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    for name, value in expected.items():
        if keys.get(name) != value:
            yield f"the {name} of the table of keys is {keys.get(name)}; it must be {value}"
    for name in ["StreamSpecification", "GlobalSecondaryIndexes", "TimeToLiveSpecification"]:
        if name in keys:
            yield f"the table of keys must have no {name}: a key would lie in one more place, or go by itself"
    for resource in ["Keys", "WrappingKey"]:
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"]:
            if template.resources.get(resource, {}).get(policy) != "Retain":
                yield f"{resource} must have {policy}: Retain, or a stack operation can make every word unreadable"
    if template.properties("WrappingKey").get("EnableKeyRotation") is not True:
        yield "the wrapping key must rotate"


@rule
def table_has_its_keys(template):
    table = template.properties("Table")
    types = {pair["AttributeName"]: pair["AttributeType"] for pair in table["AttributeDefinitions"]}
    if types != {"pk": "S", "sk": "S", "work": "S", "wake": "N", "list": "S", "sort": "S"}:
        yield f"the table's key attributes are {types}"
    keys = {"the table": table["KeySchema"]} | {index["IndexName"]: index["KeySchema"] for index in table["GlobalSecondaryIndexes"]}
    found = {name: [(part["AttributeName"], part["KeyType"]) for part in schema] for name, schema in keys.items()}
    pairs = {"the table": ("pk", "sk"), "work": ("work", "wake"), "list": ("list", "sort")}
    expected = {name: [(hash_key, "HASH"), (range_key, "RANGE")] for name, (hash_key, range_key) in pairs.items()}
    if found != expected:
        yield f"the key schemas are {found}; they must be {expected}"
    for index in table["GlobalSecondaryIndexes"]:
        if index["Projection"] != {"ProjectionType": "KEYS_ONLY"}:
            yield f"the index {index['IndexName']} must hold keys only, so that no words are copied into it"


@rule
def functions_are_alike(template):
    if sorted(template.of_type("AWS::Serverless::Function")) != sorted(FUNCTIONS):
        yield f"the functions must be {', '.join(FUNCTIONS)}"
    for name in FUNCTIONS:
        function = template.function(name)
        part = STANDINS.get(name, name)
        for setting, value in {"Architectures": [{"Ref": "Architecture"}], "Runtime": "provided.al2023", "Handler": part.lower(),
                               "Role": {"Fn::GetAtt": [f"{part}Role", "Arn"]}, "MemorySize": 2048 if name == "Reconcile" else 512}.items():
            if function.get(setting) != value:
                yield f"{name}'s {setting} is {function.get(setting)}; it must be {value}"
        longest = 900 if name == "Reconcile" else 60
        if not 1 <= function.get("Timeout", 3) <= longest:
            yield f"{name}'s Timeout is {function.get('Timeout')} s; it must be set and at most {longest}"
        if "Tracing" in function:
            yield f"{name} must have no tracing: request data would reach one more place"
        environment = function.get("Environment", {})
        expected = VARIABLES | SIGN_IN if name == "Review" else VARIABLES
        if environment.keys() != {"Variables"} or set(environment["Variables"]) != expected:
            yield f"{name}'s environment must be {', '.join(sorted(expected))}, and nothing secret"
    variables = template.data["Globals"]["Function"].get("Environment", {}).get("Variables", {})
    for name, value in {"DAYZERO_TABLE": "Table", "DAYZERO_KEYS_TABLE": "Keys", "DAYZERO_KMS_KEY": "WrappingKey.Arn"}.items():
        if name_of(variables.get(name)) != value:
            yield f"{name} must be {value}, not {name_of(variables.get(name))}"
    for name in ["Watch", "WatchAgain"]:
        if template.function(name).get("Timeout", 0) >= 60:
            yield f"{name} must end before the next minute's tick"
    architecture = template.data["Parameters"].get("Architecture", {})
    if (architecture.get("Default"), architecture.get("AllowedValues")) != ("arm64", ["arm64", "x86_64"]):
        yield "Architecture must be arm64 unless somebody says x86_64, and nothing else"


@rule
def logs_are_bounded(template):
    for name in FUNCTIONS + ["Api"]:
        logs = template.properties(f"{name}Logs")
        if logs.get("RetentionInDays") != {"Ref": "LogRetentionDays"} or logs.get("KmsKeyId") != {"Fn::GetAtt": ["Key", "Arn"]}:
            yield f"{name} needs a log group {name}Logs with a retention and the key"
        if name != "Api" and template.function(name).get("LoggingConfig", {}).get("LogGroup") != {"Ref": f"{name}Logs"}:
            yield f"{name} must write to {name}Logs, or Lambda makes a group that is kept for ever"
    form = template.properties("ApiStage").get("AccessLogSettings", {}).get("Format", "")
    for part in ["sourceIp", "userAgent", "queryString", "header", "$context.path", "authorizer"]:
        if part in form:
            yield f"the access log must not hold {part}"


@rule
def streams_lose_nothing(template):
    for name, pattern in STREAM_FILTERS.items():
        events = list(template.properties(name).get("Events", {}).values())
        if len(events) != 1 or events[0]["Type"] != "DynamoDB":
            yield f"{name} must be woken by the table's stream, once"
            continue
        settings = dict(events[0]["Properties"])
        filters = settings.pop("FilterCriteria", {}).get("Filters", [])
        target = settings.pop("DestinationConfig", {}).get("OnFailure", {})
        for key in sorted(set(settings) | set(STREAM_SETTINGS)):
            if settings.get(key) != STREAM_SETTINGS.get(key):
                yield f"{name}'s stream has {key}: {settings.get(key)}; it must be {STREAM_SETTINGS.get(key, 'absent')}"
        if target != {"Type": "SQS", "Destination": {"Fn::GetAtt": [f"{name}Failed", "Arn"]}}:
            yield f"{name}'s stream must send what it gives up to {name}Failed"
        try:
            found = [json.loads(filter["Pattern"]) for filter in filters]
        except ValueError as problem:
            yield f"{name}'s stream filter is no JSON: {problem}"
            continue
        if found != [pattern]:
            yield f"{name}'s stream filter is {found}; it must be {[pattern]}"
    for name in set(FUNCTIONS) - set(STREAM_FILTERS):
        if template.properties(name).get("Events"):
            yield f"{name} must have no event source of SAM's"


@rule
def schedule_ticks(template):
    schedule = template.properties("EveryMinute")
    target = schedule.get("Target", {})
    if (schedule.get("ScheduleExpression"), schedule.get("State"), schedule.get("FlexibleTimeWindow")) != ("rate(1 minute)", "ENABLED", {"Mode": "OFF"}):
        yield "the sweep must be scheduled at rate(1 minute), enabled, with no flexible window"
    if (name_of(target.get("Arn")), name_of(target.get("RoleArn"))) != ("Watch.Arn", "ScheduleRole.Arn"):
        yield "the schedule must start Watch, in ScheduleRole"
    if name_of(target.get("DeadLetterConfig", {}).get("Arn")) != "WatchFailed.Arn" or "RetryPolicy" not in target:
        yield "the schedule needs a retry policy and WatchFailed for what it gives up"
    night = template.properties("EveryNight")
    if (night.get("ScheduleExpression"), night.get("ScheduleExpressionTimezone"), night.get("State")) != ("cron(0 2 * * ? *)", "UTC", "ENABLED"):
        yield "reconciliation must be scheduled every night at 02:00 UTC, enabled"
    if (name_of(night.get("Target", {}).get("Arn")), name_of(night.get("Target", {}).get("RoleArn"))) != ("Reconcile.Arn", "ScheduleRole.Arn"):
        yield "the nightly schedule must start Reconcile, in ScheduleRole"
    if name_of(night.get("Target", {}).get("DeadLetterConfig", {}).get("Arn")) != "WatchFailed.Arn" or "RetryPolicy" not in night.get("Target", {}):
        yield "the nightly schedule needs a retry policy and WatchFailed for what it gives up"
    for name in ["Watch", "WatchAgain"]:
        invoke = template.properties(name).get("EventInvokeConfig", {})
        if name_of(invoke.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")) != "WatchFailed.Arn":
            yield f"{name} must report failed ticks to WatchFailed"


@rule
def door_is_open_to_receive(template):
    routes = {route["Properties"]["RouteKey"]: (name_of(route["Properties"]["Target"]), route.get("Condition")) for route in template.of_type("AWS::ApiGatewayV2::Route").values()}
    for key in ["ANY /webhooks/{door}", "ANY /webhooks/{door}/{path+}"]:
        if routes.pop(key, None) != ("integrations/${ReceiveIntegration}", None):
            yield f"{key} must lead to ReceiveIntegration, always"
    for key, (_, condition) in routes.items():
        if condition != "WithReview":
            yield f"the route {key} must exist only with review"
    for name in ["Receive", "Review"]:
        integration = template.properties(f"{name}Integration")
        if name_of(integration.get("IntegrationUri")) != f"{name}.Arn" or integration.get("PayloadFormatVersion") != "2.0":
            yield f"{name}Integration must call {name} with payload 2.0"
        if not template.function(name)["Timeout"] * 1000 < integration.get("TimeoutInMillis", 30000) <= 30000:
            yield f"{name}Integration must wait longer than {name} may take, and at most 30 s"
    for permission, name in [("ReceivePermission", "Receive"), ("ReceiveBelowPermission", "Receive"), ("ReviewPermission", "Review")]:
        if name_of(template.properties(permission).get("FunctionName")) != name:
            yield f"{permission} must permit the API to invoke {name}"
    for name in ["Review", "ReviewRole", "ReviewLogs", "ReviewIntegration", "ReviewPermission"]:
        if template.resources[name].get("Condition") != "WithReview":
            yield f"{name} must exist only with review"
