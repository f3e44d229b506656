"""Planted faults: each is a small mistake that somebody could make, and the rule that must find it. A rule without a fault here is
not trusted, and a fault that no rule finds fails the self-test.
"""

import copy
import sys
from pathlib import Path

import yaml

from . import alarm_faults
from . import planted as more
from .changes import TABLE, add, allow, drop, everywhere, forbid, inline, inner, items, keys, leading, managed, put, stream
from .reading import RULES, Template, doubled

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"
STUMBLED = "the template has not the shape that this rule reads:"


# rule that must find it, what was done, the change
FAULTS = [
    ("names_exist", "a Ref to a missing resource", put("ApiStage", "Properties", "ApiId", {"Ref": "HttpApi"})),
    ("names_exist", "a GetAtt of a missing resource", put("ReceiveIntegration", "Properties", "IntegrationUri", {"Fn::GetAtt": ["Receiver", "Arn"]})),
    ("names_exist", "a Sub of a missing name", put("ReceiveRoute", "Properties", "Target", {"Fn::Sub": "integrations/${Integration}"})),
    ("names_exist", "a Sub of a missing resource's attribute", put("ReceiveRoute", "Properties", "Target", {"Fn::Sub": "${Door.Arn}"})),
    ("names_exist", "a condition that does not exist", put("Review", "Condition", "WithPages")),
    ("names_exist", "an If on a condition that does not exist", put("Receive", "Properties", "ReservedConcurrentExecutions", {"Fn::If": ["Reserve", 1, 2]})),
    ("names_exist", "a DependsOn that leads nowhere", put("Receive", "DependsOn", ["Nothing"])),
    ("names_exist", "an output of a missing resource", everywhere("Outputs", "TableName", {"Value": {"Ref": "Tables"}})),

    ("table_is_protected", "deletion protection off", put("Table", "Properties", "DeletionProtectionEnabled", False)),
    ("table_is_protected", "point-in-time recovery off", put("Table", "Properties", "PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False})),
    ("table_is_protected", "no key of ours", drop("Table", "Properties", "SSESpecification")),
    ("table_is_protected", "keys only in the stream", put("Table", "Properties", "StreamSpecification", {"StreamViewType": "KEYS_ONLY"})),
    ("table_is_protected", "another TTL attribute", put("Table", "Properties", "TimeToLiveSpecification", {"AttributeName": "ttl", "Enabled": True})),
    ("table_is_protected", "marks that stay for ever", drop("Table", "Properties", "TimeToLiveSpecification")),
    ("table_is_protected", "deleted with the stack", put("Table", "DeletionPolicy", "Delete")),
    ("keys_are_kept_apart", "keys in backups", put("Keys", "Properties", "PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True})),
    ("keys_are_kept_apart", "keys that anybody may drop", put("Keys", "Properties", "DeletionProtectionEnabled", False)),
    ("keys_are_kept_apart", "keys in a stream", put("Keys", "Properties", "StreamSpecification", {"StreamViewType": "NEW_IMAGE"})),
    ("keys_are_kept_apart", "keys deleted with the stack", put("Keys", "DeletionPolicy", "Delete")),
    ("keys_are_kept_apart", "the wrapping key deleted with the stack", drop("WrappingKey", "DeletionPolicy")),
    ("table_is_protected", "replaced by an update", drop("Table", "UpdateReplacePolicy")),
    ("table_is_protected", "the key deleted with the stack", drop("Key", "DeletionPolicy")),
    ("table_is_protected", "no rotation", put("Key", "Properties", "EnableKeyRotation", False)),
    ("table_is_protected", "a second table", put("Other", {"Type": "AWS::DynamoDB::Table", "Properties": {}})),
    ("table_has_its_keys", "wake as text", put("Table", "Properties", "AttributeDefinitions", 3, {"AttributeName": "wake", "AttributeType": "S"})),
    ("table_has_its_keys", "an index less", lambda data: data["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"].pop()),
    ("table_has_its_keys", "an index with everything", put("Table", "Properties", "GlobalSecondaryIndexes", 0, "Projection", {"ProjectionType": "ALL"})),

    ("functions_are_alike", "another architecture", put("Assess", "Properties", "Architectures", ["x86_64"])),
    ("functions_are_alike", "another runtime", everywhere("Globals", "Function", "Runtime", "provided.al2")),
    ("functions_are_alike", "another handler", put("Alert", "Properties", "Handler", "assess")),
    ("functions_are_alike", "another function's role", put("Receive", "Properties", "Role", {"Fn::GetAtt": ["WatchRole", "Arn"]})),
    ("functions_are_alike", "a timeout of 1000 s", put("Assess", "Properties", "Timeout", 1000)),
    ("functions_are_alike", "a sweep that runs into the next", put("Watch", "Properties", "Timeout", 60)),
    ("functions_are_alike", "tracing", everywhere("Globals", "Function", "Tracing", "Active")),
    ("functions_are_alike", "a secret in the environment", everywhere("Globals", "Function", "Environment", {"Variables": {"META_SECRET": "x"}})),
    ("functions_are_alike", "no table of keys", lambda data: data["Globals"]["Function"]["Environment"]["Variables"].pop("DAYZERO_KEYS_TABLE")),
    ("functions_are_alike", "no second carrier", lambda data: data["Globals"]["Function"]["Environment"]["Variables"].pop("DAYZERO_SECOND_TOPICS")),
    ("functions_are_alike", "keys under the table's own key", everywhere("Globals", "Function", "Environment", "Variables", "DAYZERO_KMS_KEY", {"Fn::GetAtt": ["Key", "Arn"]})),
    ("functions_are_alike", "keys beside the words", everywhere("Globals", "Function", "Environment", "Variables", "DAYZERO_KEYS_TABLE", {"Ref": "Table"})),
    ("functions_are_alike", "a function too many", put("Extra", {"Type": "AWS::Serverless::Function", "Properties": {}})),
    ("logs_are_bounded", "logs for ever", drop("ReceiveLogs", "Properties", "RetentionInDays")),
    ("logs_are_bounded", "logs under another key", drop("WatchLogs", "Properties", "KmsKeyId")),
    ("logs_are_bounded", "a log group of Lambda's", drop("Alert", "Properties", "LoggingConfig")),
    ("logs_are_bounded", "another's log group", put("Alert", "Properties", "LoggingConfig", {"LogGroup": {"Ref": "WatchLogs"}})),
    ("logs_are_bounded", "addresses in the access log", put("ApiStage", "Properties", "AccessLogSettings", "Format", '{"ip":"$context.identity.sourceIp"}')),

    ("streams_lose_nothing", "a start that does not exist", stream("Assess", "DeliveryKept", "StartingPosition", "EARLIEST")),
    ("streams_lose_nothing", "a start that loses records", stream("Alert", "HeadChanged", "StartingPosition", "LATEST")),
    ("streams_lose_nothing", "a batch of 20000", stream("Assess", "DeliveryKept", "BatchSize", 20000)),
    ("streams_lose_nothing", "records thrown away by age", stream("Assess", "DeliveryKept", "MaximumRecordAgeInSeconds", 60)),
    ("streams_lose_nothing", "tries without end", stream("Alert", "HeadChanged", "MaximumRetryAttempts", -1)),
    ("streams_lose_nothing", "no partial failure", stream("Assess", "DeliveryKept", "FunctionResponseTypes", [])),
    ("streams_lose_nothing", "no halving", stream("Alert", "HeadChanged", "BisectBatchOnFunctionError", False)),
    ("streams_lose_nothing", "nowhere for what fails", drop("Assess", "Properties", "Events", "DeliveryKept", "Properties", "DestinationConfig")),
    ("streams_lose_nothing", "a filter value that is no list", stream("Assess", "DeliveryKept", "FilterCriteria", {"Filters": [{"Pattern": '{"eventName":"INSERT"}'}]})),
    ("streams_lose_nothing", "a filter that is no JSON", stream("Alert", "HeadChanged", "FilterCriteria", {"Filters": [{"Pattern": "{sk: head}"}]})),
    ("streams_lose_nothing", "a stream for the sweep", put("Watch", "Properties", "Events", {"Stream": {"Type": "DynamoDB"}})),
    ("streams_lose_nothing", "no stream at all", drop("Alert", "Properties", "Events")),
    ("schedule_ticks", "every hour", put("EveryMinute", "Properties", "ScheduleExpression", "rate(1 hour)")),
    ("schedule_ticks", "switched off", put("EveryMinute", "Properties", "State", "DISABLED")),
    ("schedule_ticks", "another function", put("EveryMinute", "Properties", "Target", "Arn", {"Fn::GetAtt": ["Assess", "Arn"]})),
    ("schedule_ticks", "no dead letters", drop("EveryMinute", "Properties", "Target", "DeadLetterConfig")),
    ("schedule_ticks", "a night that nobody misses", drop("EveryNight", "Properties", "Target", "DeadLetterConfig")),
    ("schedule_ticks", "no night", put("EveryNight", "Properties", "State", "DISABLED")),
    ("schedule_ticks", "a night that sweeps", put("EveryNight", "Properties", "Target", "Arn", {"Fn::GetAtt": ["Watch", "Arn"]})),
    ("functions_are_alike", "a reconciliation without its memory", drop("Reconcile", "Properties", "MemorySize")),
    ("policies_are_narrow", "a scan by the sweep", put(*inline("WatchRole"), 0, allow("dynamodb:Scan", TABLE))),
    ("schedule_ticks", "failed ticks unseen", drop("Watch", "Properties", "EventInvokeConfig")),

    ("door_is_open_to_receive", "another path", put("ReceiveRoute", "Properties", "RouteKey", "ANY /hooks/{door}")),
    ("door_is_open_to_receive", "only POST, so no handshake", put("ReceiveRoute", "Properties", "RouteKey", "POST /webhooks/{door}")),
    ("door_is_open_to_receive", "no way to the callbacks", drop("ReceiveBelowRoute")),
    ("door_is_open_to_receive", "callbacks for review", put("ReceiveBelowRoute", "Properties", "Target", {"Fn::Sub": "integrations/${ReviewIntegration}"})),
    ("door_is_open_to_receive", "callbacks that nobody may invoke", drop("ReceiveBelowPermission")),
    ("door_is_open_to_receive", "another payload", put("ReceiveIntegration", "Properties", "PayloadFormatVersion", "1.0")),
    ("door_is_open_to_receive", "an API that hangs up first", put("ReceiveIntegration", "Properties", "TimeoutInMillis", 3000)),
    ("door_is_open_to_receive", "permission for another", put("ReceivePermission", "Properties", "FunctionName", {"Ref": "Assess"})),
    ("door_is_open_to_receive", "review for everybody", drop("Review", "Condition")),
    ("door_is_open_to_receive", "a review route without review", drop("ReviewRoute", "Condition")),

    ("roles_do_only_their_work", "receive reads deliveries", add(*inline("ReceiveRole"), allow("dynamodb:GetItem", TABLE))),
    ("roles_do_only_their_work", "receive's keys not held to deliveries", drop(*inline("ReceiveRole"), 0, "Condition")),
    ("roles_do_only_their_work", "receive publishes", add("ReceiveRole", "Properties", "ManagedPolicyArns", {"Ref": "PublishAlerts"})),
    ("roles_do_only_their_work", "review reads webhook secrets", put(*managed("ReadSignInSecret"), 0, "Resource", {"Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SecretPrefix}*"})),
    ("roles_do_only_their_work", "sessions that cannot be ended", forbid("ReviewRole", "UpdateItem", "session#*")),
    ("functions_are_alike", "nobody to sign in at", drop("Review", "Properties", "Environment", "Variables", "DAYZERO_SIGN_IN_ISSUER")),
    ("functions_are_alike", "sign-in for the door", put("Receive", "Properties", "Environment", {"Variables": {"DAYZERO_SIGN_IN_ISSUER": "https://x"}})),
    ("roles_do_only_their_work", "review publishes", add(*inline("ReviewRole"), allow("sns:Publish", {"Ref": "QppvTopic"}))),
    ("roles_do_only_their_work", "the second carrier takes whatever topic", put("PublishBySecondCarrier", "Properties", "PolicyDocument", "Statement", 0, "Resource", "*")),
    ("roles_do_only_their_work", "assess reads secrets", add(*inline("AssessRole"), allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:1:secret:dayzero/meta-abcdef"))),
    ("roles_do_only_their_work", "assess cannot open a comment", lambda data: data["Resources"]["AssessRole"]["Properties"]["ManagedPolicyArns"].remove({"Ref": "UseKeysOfComments"})),
    ("roles_do_only_their_work", "assess rewrites protocols", add(*leading("AssessItems", 2), "protocol#*")),
    ("roles_do_only_their_work", "assess registers drills", add(*managed("AssessItems"), items("dynamodb:PutItem", "drills"))),
    ("roles_do_only_their_work", "assess hears nothing", drop(*managed("AssessItems"), 4)),
    ("roles_do_only_their_work", "alert opens deliveries", add(*managed("AlertItems"), keys("dynamodb:GetItem", "key#*"))),
    ("roles_do_only_their_work", "the sweep finds no open work", drop(*managed("AlertItems"), 4)),
    ("roles_do_only_their_work", "no pace for the topics", drop(*managed("AlertItems"), 2)),
    ("roles_do_only_their_work", "nobody looks after the doors", forbid("WatchRole", "UpdateItem", "handshakes")),
    ("roles_do_only_their_work", "nobody looks after the channels", forbid("WatchRole", "Query", "channels")),
    ("roles_do_only_their_work", "nobody finishes an erasure", forbid("WatchRole", "Query", "author#*")),
    ("roles_do_only_their_work", "roots over comments alone", forbid("WatchRole", "Query", "journal:*")),
    ("roles_do_only_their_work", "watch signs statements", add(*inline("WatchRole"), items("dynamodb:PutItem", "journal:statements/*"))),
    ("roles_do_only_their_work", "alert asks who is subscribed", put("LookAfterSecondCarrier", "Properties", "Roles", [{"Ref": "WatchRole"}, {"Ref": "AlertRole"}])),
    ("roles_do_only_their_work", "nobody looks after the second carrier", drop("LookAfterSecondCarrier")),
    ("roles_do_only_their_work", "a night without keys", lambda data: data["Resources"]["ReconcileRole"]["Properties"]["ManagedPolicyArns"].remove({"Ref": "OpenWrappingKeys"})),
    ("roles_do_only_their_work", "the night reads in cases", add(*inline("ReconcileRole"), items("dynamodb:PutItem", "journal:cases/*"))),
    ("roles_do_only_their_work", "the night destroys keys of deliveries", add(*inline("ReconcileRole"), keys("dynamodb:UpdateItem", "key#*"))),
    ("roles_do_only_their_work", "review notes roots", add(*inline("ReviewRole"), items("dynamodb:PutItem", "journal:roots/*"))),
    ("roles_do_only_their_work", "review draws samples", add(*inline("ReviewRole"), items("dynamodb:PutItem", "journal:samples/*"))),
    ("roles_do_only_their_work", "review publishes protocols", add(*inline("ReviewRole"), items("dynamodb:PutItem", "protocol#*"))),
    ("roles_do_only_their_work", "reads that cannot be noted", forbid("ReviewRole", "PutItem", "journal:access/*")),
    ("whoever_writes_marks", "decisions in no root", forbid("ReviewRole", "PutItem", "moved#*")),
    ("whoever_writes_marks", "alerts in no root", drop(*managed("AlertItems"), 3)),
    ("whoever_writes_marks", "a journal that nobody lists", forbid("ReconcileRole", "PutItem", "journals")),
    ("whoever_writes_marks", "every journal", add(*inline("ReconcileRole"), items("dynamodb:PutItem", "journal:*"))),
    ("nothing_is_granted_twice", "a statement doubled", lambda data: inner(data, *inline("ReviewRole")).append(inner(data, *inline("ReviewRole"), 0))),
    ("nothing_is_granted_twice", "a shared statement doubled", lambda data: inner(data, *managed("AssessItems")).append(inner(data, *managed("AssessItems"), 0))),
    ("nothing_is_granted_twice", "a role's own copy of a shared right", add(*inline("WatchRole"), items("dynamodb:PutItem", "moved#*"))),
    ("nothing_is_granted_twice", "a shared policy twice", add("AlertRole", "Properties", "ManagedPolicyArns", {"Ref": "AlertItems"})),
    ("nothing_is_granted_twice", "more shared policies than an account allows", put("WatchRole", "Properties", "ManagedPolicyArns", [
        {"Ref": name} for name in ["UseTableKey", "OpenWrappingKeys", "UseKeysOfComments", "ReadProtocols", "AssessItems", "AlertItems", "PublishAlerts", "ReadStream", "Other"]])),
    ("roles_do_only_their_work", "alert publishes anywhere of the account", put(*managed("PublishAlerts"), 0, "Resource", {"Fn::Sub": "arn:aws:sns:eu-west-1:${AWS::AccountId}:all"})),
    ("roles_do_only_their_work", "watch cannot report a failed tick", drop(*inline("WatchRole"), 0)),
    ("roles_do_only_their_work", "one more role", put("AdminRole", {"Type": "AWS::IAM::Role", "Properties": {}})),
    ("the_door_reads_no_words", "whole heads", drop(*inline("ReceiveRole"), 1, "Condition", "ForAllValues:StringEquals")),
    ("the_door_reads_no_words", "the words beside them", add(*inline("ReceiveRole"), 1, "Condition", "ForAllValues:StringEquals", "dynamodb:Attributes", "words")),
    ("the_door_reads_no_words", "every attribute", drop(*inline("ReceiveRole"), 1, "Condition", "StringEqualsIfExists")),
    ("roles_do_only_their_work", "receive opens the keys of comments", add("ReceiveRole", "Properties", "ManagedPolicyArns", {"Ref": "UseKeysOfComments"})),
    ("roles_do_only_their_work", "receive opens what it kept", put(*inline("ReceiveRole"), 3, "Action", ["dynamodb:GetItem", "dynamodb:UpdateItem"])),
    ("roles_do_only_their_work", "receive reads protocols", put(*inline("ReceiveRole"), 2, "Condition", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["protocols", "protocol#*"]}})),
    ("policies_are_narrow", "the wrapping key for anything", drop(*managed("OpenWrappingKeys"), 0, "Condition")),
    ("policies_are_narrow", "keys deleted", add(*managed("UseKeysOfComments"), allow("dynamodb:DeleteItem", {"Fn::GetAtt": ["Keys", "Arn"]}))),
    ("policies_are_narrow", "every action", add(*inline("AssessRole"), allow("dynamodb:*", TABLE))),
    ("policies_are_narrow", "scan", add(*managed("AlertItems"), allow("dynamodb:Scan", TABLE))),
    ("policies_are_narrow", "delete", add(*managed("AssessItems"), allow("dynamodb:DeleteItem", TABLE))),
    ("policies_are_narrow", "every table", put(*managed("ReadProtocols"), 0, "Resource", "*")),
    ("policies_are_narrow", "every index", put(*managed("AlertItems"), 4, "Resource", {"Fn::Sub": "${Table.Arn}/index/*"})),
    ("policies_are_narrow", "a policy of AWS's", add("WatchRole", "Properties", "ManagedPolicyArns", "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess")),
    ("policies_are_narrow", "all but", put(*inline("WatchRole"), 0, {"Effect": "Allow", "NotAction": ["s3:GetObject"], "Action": [], "Resource": []})),
    ("policies_are_narrow", "the key for anything", drop(*managed("UseTableKey"), 0, "Condition")),
    ("policies_are_narrow", "the key for any table", drop(*managed("UseTableKey"), 0, "Condition", "StringEquals", "kms:EncryptionContext:aws:dynamodb:tableName")),
    ("policies_are_narrow", "a service owns the key", put("Key", "Properties", "KeyPolicy", "Statement", 1, "Action", "kms:*")),
    ("policies_are_narrow", "the key for other accounts' alarms", drop("Key", "Properties", "KeyPolicy", "Statement", 2, "Condition")),

    ("topics_are_guarded", "a topic in the clear", drop("QppvTopic", "Properties", "KmsMasterKeyId")),
    ("topics_are_guarded", "a topic without policy", lambda data: data["Resources"]["TopicsStayInTheAccount"]["Properties"]["Topics"].pop()),
    ("topics_are_guarded", "other accounts may publish", drop("TopicsStayInTheAccount", "Properties", "PolicyDocument", "Statement", 1)),
    ("topics_are_guarded", "two topics swapped", lambda data: data["Globals"]["Function"]["Environment"]["Variables"]["DAYZERO_TOPICS"].update(
        {"Fn::Sub": data["Globals"]["Function"]["Environment"]["Variables"]["DAYZERO_TOPICS"]["Fn::Sub"].replace("${QppvTopic}", "${DutyOfCareTopic}")})),
    ("topics_are_guarded", "no queue for what is not delivered", drop("QppvUndelivered")),
    ("topics_are_guarded", "SNS may not send to the queue", lambda data: data["Resources"]["UndeliveredComesFromTheTopics"]["Properties"]["Queues"].pop()),
    ("topics_are_guarded", "any topic may fill the queues", drop("UndeliveredComesFromTheTopics", "Properties", "PolicyDocument", "Statement", 0, "Condition")),
    ("queues_hold_on", "four days", drop("WatchFailed", "Properties", "MessageRetentionPeriod")),
    ("queues_hold_on", "alerts under another key", put("QppvUndelivered", "Properties", {"MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": True})),
    ("queues_hold_on", "dead letters in the clear", put("AssessFailed", "Properties", {"MessageRetentionPeriod": 1209600})),
    ("queues_hold_on", "a consumer slower than the queue (mapping)", put("Retry", {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
        "FunctionName": {"Ref": "Assess"}, "EventSourceArn": {"Fn::GetAtt": ["AssessFailed", "Arn"]}}})),
    ("queues_hold_on", "a consumer slower than the queue (event)", put("Watch", "Properties", "Events", {"Retry": {"Type": "SQS", "Properties": {
        "Queue": {"Fn::GetAtt": ["WatchFailed", "Arn"]}}}})),

]

# The same for faults that only the text shows.
TEXT_FAULTS = [
    ("plain_yaml", "an alias", lambda text: text.replace("  TableName: {", "  TableName: &name {", 1).replace("  KeysTableName:", "  Copy: *name\n  KeysTableName:", 1)),
]

# Keys that stand twice, each as what it is, a text, and the text with it twice.
DOUBLED = [
    ("a section", "Parameters:", "Parameters: {}\nParameters:"),
    ("a role", "  AlertRole:\n", "  AlertRole: {}\n  AlertRole:\n"),
    ("a role's policies", "      ManagedPolicyArns:", "      ManagedPolicyArns: []\n      ManagedPolicyArns:"),
    ("a statement's condition", "            Condition: {", "            Condition: {}\n            Condition: {"),
]
DOUBLED_CODE = [
    ("a role's row", 'MAY = {"WatchRole": 1, "AlertRole": 2, "WatchRole": 3}'),
    ("an action in a row", 'MAY = {"WatchRole": _KEY | {"dynamodb:PutItem": 1, "dynamodb:PutItem": 2}}'),
    ("a name", "_READS, _JOURNALS = 1, 2\n_JOURNALS = 3"),
    ("a rule", "def rule(): pass\ndef rule(): pass"),
]


def planted(template):
    """Each fault as the rule that must find it, what was done, the template with it, and whether it changes anything."""
    for rule, what, change in FAULTS + more.FAULTS:
        data = copy.deepcopy(template.data)
        change(data)
        yield rule, what, Template(template.text, data, template.alarms), str(data) != str(template.data)
    yield from alarm_faults.planted(template)
    for rule, what, change in TEXT_FAULTS:
        text = change(template.text)
        yield rule, what, Template(text, alarms=template.alarms), text != template.text
    for rule, what, path, old, new in more.FILE_FAULTS:
        text = template.source(path)
        faulty = Template(template.text, copy.deepcopy(template.data), template.alarms)
        faulty.files = {path: text.replace(old, new)}
        yield rule, what, faulty, old in text


def self_test(planted_faults, check, rules):
    """Plants each fault; every rule must find those that are planted for it, and one of them alone."""
    unproven, needless, missed, tried = set(rules), set(rules), [], 0
    for rule, what, faulty, changed in planted_faults:
        tried += 1
        found = {name for name, sentence in check(faulty) if not sentence.startswith(STUMBLED)}
        if not changed or rule not in found:
            missed.append(f"{rule} did not find: {what}" if changed else f"the fault changes nothing: {what}")
        unproven.discard(rule)
        # The list that a role is compared with is edited together with the role: what stands only beside it counts as alone.
        if found - {"roles_do_only_their_work"} == {rule} or found == {rule}:
            needless.discard(rule)
    missed += [f"no fault is planted for {rule}" for rule in sorted(unproven)]
    missed += [f"every fault that {rule} finds is found by another rule too" for rule in sorted(needless - unproven)]
    if rules is RULES:
        tried += len(DOUBLED) + len(DOUBLED_CODE)
        missed += unseen_doubles()
    for sentence in missed:
        print(f"infra/check.py --self-test: {sentence}", file=sys.stderr)
    if not missed:
        print(f"infra/check.py --self-test: {tried} planted faults, each found by its rule")
    return 1 if missed else 0


def unseen_doubles():
    """What stands twice in a text and was read all the same."""
    text = TEMPLATE.read_text(encoding="utf-8")
    for what, old, new in DOUBLED:
        try:
            Template(text.replace(old, new, 1))
            yield f"a key that stands twice was read: {what}"
        except yaml.YAMLError as problem:
            if "stands twice" not in str(problem):
                yield f"the fault is no key that stands twice: {what}"
    for what, source in DOUBLED_CODE:
        if not list(doubled(source)):
            yield f"what a program says twice was not found: {what}"
