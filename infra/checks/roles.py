"""The rules over roles and policies: a role may do its function's work and nothing else."""

import re

from .reading import TOPICS, listed, name_of, rule

# Every action of every role, and on what; items by the leading part of their key.
_TABLES = "Key.Arn via dynamodb"
_KEY = {"kms:Decrypt": {_TABLES, "WrappingKey.Arn"}, "kms:Encrypt": {_TABLES}, "kms:GenerateDataKey": {_TABLES, "WrappingKey.Arn"}}
_SEALED_TOPICS = {"Key.Arn via sns"}
_STREAM = {f"dynamodb:{action}": {"Table.StreamArn"} for action in ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]}
_WORK, _LIST = {"${Table.Arn}/index/work"}, {"${Table.Arn}/index/list"}


def _items(*leading):
    return {f"Table.Arn {key}" for key in leading}


def _journals(*subjects):
    return _items(*(f"journal:{subject}/*" for subject in subjects))


def _keys(*leading):
    return {f"Keys.Arn {key}" for key in leading}


def _logs_of(*functions):
    logs = {f"{function}Logs.Arn" for function in functions}
    return {"logs:CreateLogStream": logs, "logs:PutLogEvents": logs}


def _publishing():
    return {action: _KEY[action] | _SEALED_TOPICS for action in ["kms:Decrypt", "kms:GenerateDataKey"]} | {"sns:Publish": {*TOPICS, "SecondTopicArns"}}


_COMMENTS, _MOVED, _LISTED = _items("comment#*"), _items("moved#*"), _items("journals")
_PROTOCOLS, _HEARD = _items("protocols", "protocol#*"), _items("channels", "channels#unlisted")
_WRAPPING, _COMMENT_KEYS = _keys("wrapping#*"), _keys("comment#*")
_ASSESS_KEYS = _COMMENT_KEYS | _keys("key#*", "authors")
_WATCH_NOTES = _journals("channels", "erasure", "roots")
_NIGHT_NOTES = _journals("statements", "tasks", "samples", "reconciled")
_DESK_NOTES = _journals("access", "drills", "erasure", "statements", "tasks", "cases")

# Managed policies that IAM attaches to one role, unless an account asks for more.
MOST_MANAGED = 10

MAY = {
    "ReceiveRole": _KEY | _logs_of("Receive") | {
        "dynamodb:GetItem": _items("protocols", "comment#facebook-*") | _WRAPPING,
        "dynamodb:PutItem": _items("delivery#*", "handshakes") | _WRAPPING,
        "dynamodb:UpdateItem": _keys("key#*"),
        "kms:Decrypt": {_TABLES, "WrappingKey.Arn", "Key.Arn via secretsmanager"},
        "secretsmanager:GetSecretValue": {"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SecretPrefix}*"},
    },
    "AssessRole": _KEY | _STREAM | _logs_of("Assess") | {
        "dynamodb:GetItem": _COMMENTS | _PROTOCOLS | _HEARD | _items("drills") | _ASSESS_KEYS | _WRAPPING,
        "dynamodb:Query": _COMMENTS | _items("delivery#*"),
        "dynamodb:PutItem": _COMMENTS | _MOVED | _items("author#*") | _WRAPPING,
        "dynamodb:UpdateItem": _items("delivery#*") | _HEARD | _ASSESS_KEYS,
        "sqs:SendMessage": {"AssessFailed.Arn"},
    },
    "AlertRole": _KEY | _STREAM | _logs_of("Alert") | _publishing() | {
        "dynamodb:GetItem": _COMMENTS | _PROTOCOLS | _items("topics") | _COMMENT_KEYS | _WRAPPING,
        "dynamodb:Query": _COMMENTS | _WORK,
        "dynamodb:PutItem": _COMMENTS | _MOVED | _items("topics") | _WRAPPING,
        "dynamodb:UpdateItem": _COMMENTS | _COMMENT_KEYS,
        "sqs:SendMessage": {"AlertFailed.Arn"},
    },
    # What Assess and Alert may, but for the stream, and what a tick looks after: doors, channels, subscriptions, erasures and roots.
    "WatchRole": _KEY | _logs_of("Watch", "WatchAgain") | _publishing() | {
        "dynamodb:GetItem": _COMMENTS | _PROTOCOLS | _HEARD | _items("drills", "topics", "rereading") | _WATCH_NOTES | _ASSESS_KEYS | _WRAPPING,
        "dynamodb:Query": _COMMENTS | _MOVED | _LISTED | _WORK | _LIST
        | _items("delivery#*", "author#*", "handshakes", "channels", "topics", "journal:*"),
        "dynamodb:PutItem": _COMMENTS | _MOVED | _LISTED | _items("author#*", "topics", "rereading") | _WATCH_NOTES | _WRAPPING,
        "dynamodb:UpdateItem": _COMMENTS | _HEARD | _items("delivery#*", "handshakes") | _ASSESS_KEYS,
        "sns:ListSubscriptionsByTopic": {*TOPICS, "SecondTopicArns"},
        "sqs:SendMessage": {"WatchFailed.Arn"},
    },
    # The one role that scans: what an index has lost is found by no question to an index.
    "ReconcileRole": _KEY | _logs_of("Reconcile") | {
        "dynamodb:Scan": {"Table.Arn"},
        "dynamodb:GetItem": _COMMENTS | _PROTOCOLS | _NIGHT_NOTES | _COMMENT_KEYS | _keys("key#*") | _WRAPPING,
        "dynamodb:Query": _COMMENTS | _items("delivery#*", "document#*") | _NIGHT_NOTES | _journals("cases"),
        "dynamodb:PutItem": _COMMENTS | _MOVED | _LISTED | _items("document#*") | _NIGHT_NOTES | _WRAPPING,
        "dynamodb:UpdateItem": _COMMENT_KEYS,
    },
    "ReviewRole": _KEY | _logs_of("Review") | {
        "dynamodb:GetItem": _COMMENTS | _PROTOCOLS | _items("channels", "drills", "session#*") | _DESK_NOTES | _ASSESS_KEYS | _WRAPPING,
        "dynamodb:BatchGetItem": _COMMENTS,
        "dynamodb:Query": _COMMENTS | _LISTED | _LIST | _HEARD
        | _items("delivery#*", "handshakes", "drills", "protocol#*", "author#*", "document#*")
        | _DESK_NOTES | _journals("protocol", "roots", "samples"),
        "dynamodb:PutItem": _COMMENTS | _MOVED | _LISTED | _items("drills", "document#*", "session#*", "signing-in#*") | _DESK_NOTES | _WRAPPING,
        "dynamodb:UpdateItem": _items("drills", "session#*", "signing-in#*") | _COMMENT_KEYS | _keys("authors"),
        # Under a condition: a public client has no secret.
        "secretsmanager:GetSecretValue": {"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${SignInSecretName}-??????"},
    },
    "ScheduleRole": {"lambda:InvokeFunction": {"Watch.Arn", "Reconcile.Arn"}, "sqs:SendMessage": {"WatchFailed.Arn"}},
}


# What an update may name of an item: the attributes that it sets or removes, those of its condition, and the key. `checks/sources.py`
# holds these against the program.
_KEY_MADE = {"pk", "k0", "w0", "destroyed"}
_KEY_GONE = _KEY_MADE | {"erased_at"}
_KEYS_OF_COMMENTS = {"Keys.Arn comment#*": [{"pk", "k*", "w*", "destroyed", "erased_at"}]}
_OF_COMMENTS = {"Table.Arn comment#*": [{"pk", "sk", "until", "token", "work", "wake", "words"}]}
_HEARING = {"pk", "sk", "heard", "revision"}
_OF_DELIVERIES = {
    "Table.Arn delivery#*": [{"pk", "sk", "body", "body_key", "parts", "state", "worked_off_at", "work", "wake"}],
    "Table.Arn channels": [_HEARING],
    "Table.Arn channels#unlisted": [_HEARING],
    "Keys.Arn key#*": [_KEY_GONE],
    "Keys.Arn authors": [_KEY_GONE],
}
TOUCHES = {
    "ReceiveRole": {"Keys.Arn key#*": [_KEY_MADE]},
    "AssessRole": _KEYS_OF_COMMENTS | _OF_DELIVERIES,
    "AlertRole": _KEYS_OF_COMMENTS | _OF_COMMENTS,
    "WatchRole": _KEYS_OF_COMMENTS | _OF_COMMENTS | _OF_DELIVERIES | {
        "Table.Arn channels": [_HEARING, {"pk", "sk", "vigil"}],
        "Table.Arn handshakes": [{"pk", "sk", "shaken"}],
    },
    "ReconcileRole": _KEYS_OF_COMMENTS,
    "ReviewRole": _KEYS_OF_COMMENTS | {"Keys.Arn authors": [_KEY_MADE], "Table.Arn drills": [{"pk", "sk", "measured"}]} | {
        "Table.Arn session#*": [{"pk", "sk", "ended", "seen"}],
        "Table.Arn signing-in#*": [{"pk", "sk", "ended"}],
    },
}

# Whoever takes a sign-in up is told with what it was begun, in the one call that only the first comer's can be.
TOLD_BACK = {"Table.Arn signing-in#*"}


def documents_of(template, role):
    """A role's policies: its own, and those of this template that it shares with others."""
    properties = template.properties(role)
    own = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    shared = [template.properties(name_of(reference)).get("PolicyDocument", {"Statement": []}) for reference in properties.get("ManagedPolicyArns", [])]
    # A policy may name its roles instead, as one that exists only under a condition does.
    for policy in template.of_type("AWS::IAM::ManagedPolicy").values():
        if {"Ref": role} in policy["Properties"].get("Roles", []):
            shared.append(policy["Properties"]["PolicyDocument"])
    return own, shared


def statements_of(template, role):
    own, shared = documents_of(template, role)
    return [statement for document in own + shared for statement in document["Statement"]]


def granted_by(statement):
    """What a statement permits: action and what it may be done on, with the leading keys where a table is meant and the service that a
    key is used through."""
    condition = statement.get("Condition", {})
    keys = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
    via = condition.get("StringEquals", {}).get("kms:ViaService")
    suffix = "" if via is None else f" via {name_of(via).split('.')[0]}"
    for action in listed(statement.get("Action", [])):
        for resource in listed(statement.get("Resource", [])):
            names = [name_of(resource) + suffix] if keys is None else [f"{name_of(resource)} {key}" for key in listed(keys)]
            yield from ((action, name) for name in names)


def attributes_of(statement):
    """What a statement lets a request name of an item; `None` if it does not say."""
    condition = statement.get("Condition", {})
    for operator in ["ForAllValues:StringLike", "ForAllValues:StringEquals"]:
        if "dynamodb:Attributes" in condition.get(operator, {}):
            return tuple(sorted(listed(condition[operator]["dynamodb:Attributes"])))
    return None


def grants(template, role):
    """Action -> everything that it may be done on."""
    found = {}
    for statement in statements_of(template, role):
        for action, name in granted_by(statement):
            found.setdefault(action, set()).add(name)
    return found


def updates_of(template, role):
    """What a role may update -> the attributes that it may name, once for each statement."""
    found = {}
    for statement in statements_of(template, role):
        for action, name in granted_by(statement):
            if action == "dynamodb:UpdateItem":
                found.setdefault(name, set()).add(attributes_of(statement))
    return found


@rule
def nothing_is_granted_twice(template):
    """A right that stands twice is taken away once and stays. Two shared policies may overlap: each is whole for the roles that have it."""
    documents = {}
    for name, policy in template.of_type("AWS::IAM::ManagedPolicy").items():
        documents[name] = (policy["Properties"]["PolicyDocument"]["Statement"], [])
    for role in template.of_type("AWS::IAM::Role"):
        own, shared = documents_of(template, role)
        documents[role] = tuple([statement for document in part for statement in document["Statement"]] for part in (own, shared))
    for name, (own, shared) in documents.items():
        seen = {(*right, attributes_of(statement)) for statement in shared for right in granted_by(statement)}
        for statement in own:
            for action, resource in granted_by(statement):
                right = (action, resource, attributes_of(statement))
                if right in seen:
                    yield f"{name} grants {action} on {resource} twice; once is enough"
                seen.add(right)
    for role in template.of_type("AWS::IAM::Role"):
        own, shared = documents_of(template, role)
        if len(shared) > MOST_MANAGED:
            yield f"{role} has {len(shared)} managed policies; an account allows {MOST_MANAGED}"
        if len({str(document) for document in shared}) < len(shared):
            yield f"{role} has the same managed policy twice"


@rule
def whoever_writes_marks(template):
    """A chain that moves without its mark is in no root, and its end could be cut off unseen."""
    for role in template.of_type("AWS::IAM::Role"):
        puts = grants(template, role).get("dynamodb:PutItem", set())
        chains = [name for name in puts if name.startswith(("Table.Arn comment#", "Table.Arn journal:"))]
        if chains and "Table.Arn moved#*" not in puts:
            yield f"{role} adds to chains and may not mark that they move"
        if any(name.startswith("Table.Arn journal:") for name in chains) and "Table.Arn journals" not in puts:
            yield f"{role} writes in journals and may not list them"
        for name in chains:
            if name.startswith("Table.Arn journal:*"):
                yield f"{role} must write in the journals of its own work, not in {name}"


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
def updates_touch_what_they_must(template):
    """An update that could name any attribute could rewrite an event, or what a head says, and be told the item it is not allowed to read."""
    for role in template.of_type("AWS::IAM::Role"):
        found, expected = updates_of(template, role), {name: {tuple(sorted(one)) for one in sets} for name, sets in TOUCHES.get(role, {}).items()}
        for name in sorted(set(found) | set(expected)):
            if found.get(name) != expected.get(name):
                said = [one or "every attribute" for one in found.get(name, [])]
                yield f"{role} may name {said} in an update of {name}; it must be {sorted(expected.get(name, []))}"
        for statement in statements_of(template, role):
            actions = listed(statement.get("Action", []))
            if "dynamodb:UpdateItem" not in actions:
                continue
            if actions != ["dynamodb:UpdateItem"]:
                yield f"{role} may update only in a statement of its own: a read names no attributes and would be refused"
            told = "ALL_OLD" if {name for _, name in granted_by(statement)} == TOLD_BACK else "NONE"
            if statement.get("Condition", {}).get("StringEqualsIfExists", {}).get("dynamodb:ReturnValues") != told:
                yield f"{role} must have {'only the old' if told == 'ALL_OLD' else 'no'} item told back by an update"


@rule
def the_door_reads_nothing_back(template):
    for statement in statements_of(template, "ReceiveRole"):
        deliveries = any(name.startswith("Table.Arn delivery#") for _, name in granted_by(statement))
        if deliveries and statement.get("Condition", {}).get("StringEqualsIfExists") != {"dynamodb:ReturnValues": "NONE"}:
            yield "ReceiveRole must have no delivery told back that it writes over"


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
                    named = [*via, *condition.get("StringLike", {})]
                    if "kms:ViaService" not in via or not any(key.startswith("kms:EncryptionContext:") for key in named):
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
