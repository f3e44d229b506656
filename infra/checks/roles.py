"""The rules over roles and policies: a role may do its function's work and nothing else."""

import re

from .reading import TOPICS, listed, name_of, rule

# Every action of every role, and on what; items by the leading part of their key.
_KEY = {"kms:Decrypt": {"Key.Arn", "WrappingKey.Arn"}, "kms:Encrypt": {"Key.Arn"}, "kms:GenerateDataKey": {"Key.Arn", "WrappingKey.Arn"}}
_STREAM = {f"dynamodb:{action}": {"Table.StreamArn"} for action in ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]}
_PROTOCOLS, _DELIVERIES, _COMMENTS = {"Table.Arn protocols", "Table.Arn protocol#*"}, {"Table.Arn delivery#*"}, {"Table.Arn comment#*"}
_NOTES = {"Table.Arn journal:*", "Table.Arn document#*"}
_HANDSHAKES = {"Table.Arn handshakes"}
_CHANNELS, _UNLISTED, _DRILLS = {"Table.Arn channels"}, {"Table.Arn channels#unlisted"}, {"Table.Arn drills"}
_JOURNALS, _SILENCES, _DRILLED = {"Table.Arn journals"}, {"Table.Arn journal:channels/*"}, {"Table.Arn journal:drills/*"}
_PROTOCOL_LIVES = {"Table.Arn protocol#*", "Table.Arn journal:protocol/*", "Table.Arn journals"}
_HANDSHAKES, _TOPICS = {"Table.Arn handshakes"}, {"Table.Arn topics"}
_SECOND = {"SecondTopicArns"}
_MOVED, _ROOTS, _JOURNALS = {"Table.Arn moved#*"}, {"Table.Arn journal:roots/*", "Table.Arn journals"}, {"Table.Arn journal:*", "Table.Arn journals"}
_AUTHORS, _ERASURES, _JOURNALS = {"Table.Arn author#*"}, {"Table.Arn journal:erasure/*"}, {"Table.Arn journals"}
_WRAPPING, _DELIVERY_KEYS = {"Keys.Arn wrapping#*"}, {"Keys.Arn wrapping#*", "Keys.Arn key#*"}
_KEYS = _DELIVERY_KEYS | {"Keys.Arn comment#*", "Keys.Arn authors"}
_JOURNALS, _READS = {"Table.Arn journals", "Table.Arn journal:*"}, {"Table.Arn journals", "Table.Arn journal:access/*"}
_WORK, _LIST = {"${Table.Arn}/index/work"}, {"${Table.Arn}/index/list"}


def _logs_of(function):
    return {"logs:CreateLogStream": {f"{function}Logs.Arn"}, "logs:PutLogEvents": {f"{function}Logs.Arn"}}


MAY = {
    "ReceiveRole": _KEY | _logs_of("Receive") | {
        "dynamodb:PutItem": _DELIVERIES | _HANDSHAKES | _WRAPPING,
        "dynamodb:GetItem": _PROTOCOLS | {"Table.Arn comment#facebook-*"} | _DELIVERY_KEYS,
        "dynamodb:UpdateItem": _DELIVERY_KEYS,
        "secretsmanager:GetSecretValue": {"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SecretPrefix}*"},
    },
    "AssessRole": _KEY | _STREAM | _logs_of("Assess") | {
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _CHANNELS | _UNLISTED | _DRILLS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK,
        "dynamodb:UpdateItem": _DELIVERIES | _COMMENTS | _CHANNELS | _UNLISTED,
        "dynamodb:PutItem": _COMMENTS,
        "dynamodb:UpdateItem": _DELIVERIES | _COMMENTS,
        "dynamodb:PutItem": _COMMENTS | _MOVED,
        "sqs:SendMessage": {"AssessFailed.Arn"},
    },
    "AlertRole": _KEY | _STREAM | _logs_of("Alert") | {
        "dynamodb:GetItem": _COMMENTS | _PROTOCOLS | _TOPICS,
        "dynamodb:Query": _COMMENTS | _TOPICS | _WORK,
        "dynamodb:UpdateItem": _COMMENTS,
        "dynamodb:PutItem": _COMMENTS | _TOPICS,
        "sns:Publish": set(TOPICS) | _SECOND,
        "sns:ListSubscriptionsByTopic": _SECOND,
        "sqs:SendMessage": {"AlertFailed.Arn"},
    },
    "WatchRole": _KEY | _logs_of("Watch") | {
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _CHANNELS | _UNLISTED | _DRILLS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _HANDSHAKES | _CHANNELS | _JOURNALS | _SILENCES,
        "dynamodb:UpdateItem": _DELIVERIES | _COMMENTS | _HANDSHAKES | _CHANNELS | _UNLISTED,
        "dynamodb:PutItem": _COMMENTS | _JOURNALS | _SILENCES,
        "dynamodb:PutItem": _COMMENTS | _MOVED,
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _KEYS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK,
        "dynamodb:UpdateItem": _DELIVERIES | _COMMENTS | _KEYS,
        "dynamodb:PutItem": _COMMENTS | _AUTHORS | _WRAPPING,
        "sqs:SendMessage": {"AssessFailed.Arn"},
    },
    "AlertRole": _KEY | _STREAM | _logs_of("Alert") | {
        "dynamodb:GetItem": _COMMENTS | _PROTOCOLS | _KEYS,
        "dynamodb:Query": _COMMENTS,
        "dynamodb:UpdateItem": _COMMENTS | _KEYS,
        "dynamodb:PutItem": _COMMENTS | _WRAPPING,
        "sns:Publish": set(TOPICS),
        "sqs:SendMessage": {"AlertFailed.Arn"},
    },
    "WatchRole": _KEY | _logs_of("Watch") | {
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _ROOTS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _HANDSHAKES | _MOVED | _JOURNALS,
        "dynamodb:UpdateItem": _DELIVERIES | _COMMENTS | _HANDSHAKES,
        "dynamodb:PutItem": _COMMENTS | _MOVED | _ROOTS,
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _KEYS | _JOURNALS | _ERASURES,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _HANDSHAKES | _AUTHORS | _ERASURES,
        "dynamodb:UpdateItem": _DELIVERIES | _COMMENTS | _HANDSHAKES | _KEYS,
        "dynamodb:PutItem": _COMMENTS | _AUTHORS | _WRAPPING | _JOURNALS | _ERASURES,
        "sns:Publish": set(TOPICS),
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _TOPICS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _HANDSHAKES | _TOPICS,
        "dynamodb:UpdateItem": _DELIVERIES | _COMMENTS | _HANDSHAKES,
        "dynamodb:PutItem": _COMMENTS | _TOPICS,
        "sns:Publish": set(TOPICS) | _SECOND,
        "sns:ListSubscriptionsByTopic": set(TOPICS) | _SECOND,
        "sqs:SendMessage": {"WatchFailed.Arn"},
    },
    "ReviewRole": _KEY | _logs_of("Review") | {
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _CHANNELS | _UNLISTED | _HANDSHAKES | _DRILLS | _DRILLED,
        "dynamodb:BatchGetItem": _DELIVERIES | _COMMENTS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _LIST | _CHANNELS | _UNLISTED | _HANDSHAKES | _DRILLS | _DRILLED,
        "dynamodb:PutItem": _COMMENTS | _DRILLS | _JOURNALS | _DRILLED,
        "dynamodb:UpdateItem": _DRILLS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _LIST | _PROTOCOL_LIVES,
        "dynamodb:PutItem": _COMMENTS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _LIST,
        "dynamodb:PutItem": _COMMENTS | _MOVED,
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _KEYS | _JOURNALS | _ERASURES,
        "dynamodb:BatchGetItem": _DELIVERIES | _COMMENTS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _WORK | _LIST | _AUTHORS | _ERASURES,
        "dynamodb:UpdateItem": _KEYS,
        "dynamodb:PutItem": _COMMENTS | _WRAPPING | _JOURNALS | _ERASURES,
        "dynamodb:GetItem": _DELIVERIES | _COMMENTS | _PROTOCOLS | _JOURNALS,
        "dynamodb:BatchGetItem": _DELIVERIES | _COMMENTS | _JOURNALS,
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _JOURNALS | _WORK | _LIST,
        "dynamodb:PutItem": _COMMENTS | _READS,
    },
    # The one role that scans: what an index has lost is found by no question to an index.
    "ReconcileRole": _KEY | _logs_of("Reconcile") | {
        "dynamodb:Scan": {"Table.Arn"},
        "dynamodb:GetItem": _PROTOCOLS | _COMMENTS | _NOTES | {"Table.Arn journals"},
        "dynamodb:PutItem": _COMMENTS | _NOTES | {"Table.Arn journals"},
        "dynamodb:Query": _DELIVERIES | _COMMENTS | _NOTES,
    },
    "ScheduleRole": {"lambda:InvokeFunction": {"Watch.Arn", "Reconcile.Arn"}, "sqs:SendMessage": {"WatchFailed.Arn"}},
}


def statements_of(template, role):
    properties = template.properties(role)
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for reference in properties.get("ManagedPolicyArns", []):
        documents.append(template.properties(name_of(reference)).get("PolicyDocument", {"Statement": []}))
    # A policy may name its roles instead, as one that exists only under a condition does.
    for policy in template.of_type("AWS::IAM::ManagedPolicy").values():
        if {"Ref": role} in policy["Properties"].get("Roles", []):
            documents.append(policy["Properties"]["PolicyDocument"])
    return [statement for document in documents for statement in document["Statement"]]


def grants(template, role):
    """Action -> what it may be done on, with the leading keys where the table is meant."""
    found = {}
    for statement in statements_of(template, role):
        keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                names = [name_of(resource)] if keys is None else [f"{name_of(resource)} {key}" for key in keys]
                found.setdefault(action, set()).update(names)
    return found


@rule
def roles_do_only_their_work(template):
    if sorted(template.of_type("AWS::IAM::Role")) != sorted(MAY):
        yield f"the roles must be {', '.join(sorted(MAY))}"
    for role, expected in MAY.items():
        found = grants(template, role)
        for action in sorted(set(found) | set(expected)):
            for extra in sorted(found.get(action, set()) - expected.get(action, set())):
                yield f"{role} may {action} on {extra}, which is not its work"
            for missing in sorted(expected.get(action, set()) - found.get(action, set())):
                yield f"{role} may not {action} on {missing}, which it needs"


@rule
def the_door_reads_no_words(template):
    """The function that strangers can call sees dates and states; the words lie in attributes that are not among these."""
    expected = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "head", "wake", "sort"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    for statement in statements_of(template, "ReceiveRole"):
        condition = statement.get("Condition", {})
        keys = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
        if any(key.startswith("comment#") for key in keys) and any(condition.get(name) != value for name, value in expected.items()):
            yield "ReceiveRole may read of a comment only what its head says without words"


@rule
def policies_are_narrow(template):
    """Apart from MAY, so that a careless edit of both is still refused."""
    for role in template.of_type("AWS::IAM::Role"):
        for reference in template.properties(role).get("ManagedPolicyArns", []):
            if not isinstance(reference, dict):
                yield f"{role} uses {reference}; only policies of this template, which are narrower"
        for statement in statements_of(template, role):
            if statement["Effect"] != "Allow" or "NotAction" in statement or "NotResource" in statement:
                yield f"{role} must say what it may do, not what it may not"
                continue
            for action in listed(statement["Action"]):
                if "*" in action or re.search(r":(Scan|Delete|BatchWrite|PartiQL|CreateTable|UpdateTable|PutResourcePolicy)", action):
                    if (role, action) != ("ReconcileRole", "dynamodb:Scan"):
                        yield f"{role} must not have {action}"
                if action.startswith("kms:"):
                    condition = statement.get("Condition", {})
                    # The one key that is asked directly opens wrapping keys and nothing else.
                    wraps = condition == {"StringLike": {"kms:EncryptionContext:dayzero:wrapping": "wrapping#*"}}
                    if name_of(statement["Resource"]) == "WrappingKey.Arn" and wraps:
                        continue
                    via = condition.get("StringEquals", {})
                    if "kms:ViaService" not in via or not any(key.startswith("kms:EncryptionContext:") for key in via):
                        yield f"{role} must use the key only through one service and for one thing ({action})"
            for resource in listed(statement["Resource"]):
                if "*" in name_of(resource) and statement["Action"] != ["secretsmanager:GetSecretValue"]:
                    yield f"{role} must not reach {name_of(resource)}"
    for statement in template.properties("Key")["KeyPolicy"]["Statement"]:
        principal = name_of(statement["Principal"].get("AWS", ""))
        if any("*" in action for action in listed(statement["Action"])) and principal != "arn:${AWS::Partition}:iam::${AWS::AccountId}:root":
            yield f"only the account itself may have a wildcard in the key's policy, not {statement.get('Sid')}"
        if "Service" in statement["Principal"] and "Condition" not in statement:
            yield f"the key's statement {statement.get('Sid')} must be bound to this account"
