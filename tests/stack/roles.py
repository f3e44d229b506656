"""What no role of a function may do, tried: with a function's own credentials where they can be had (an emulator's functions are processes of this
machine), and by IAM's own simulator, which on AWS also judges the leading parts of keys. Nothing here would do harm if it were allowed:
the items do not exist, and what is published is a line that says where it comes from.
"""
import pathlib

import botocore.exceptions

import account

REFUSED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"}
NOBODY = {"pk": {"S": "comment#forum-00000000000000000000000000000000"}, "sk": {"S": "event#000001"}}
ROLES = ("receive", "assess", "alert", "watch", "reconcile", "review")


def calls(held, stack):
    """The things that somebody could try: a name, and the call."""
    table, topic = stack.table, stack.outputs["SafetyDeskTopicArn"]
    db, keys = held.dynamodb, stack.outputs["KeysTableName"]
    key = {"pk": NOBODY["pk"]}
    change = {"UpdateExpression": "SET body = :nothing", "ExpressionAttributeValues": {":nothing": {"S": ""}}}
    question = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": NOBODY["pk"]}}
    return {
        "delete an item": lambda: db.delete_item(TableName=table, Key=NOBODY),
        "delete in a batch": lambda: db.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": NOBODY}}]}),
        "delete in a transaction": lambda: db.transact_write_items(TransactItems=[{"Delete": {"TableName": table, "Key": NOBODY}}]),
        "delete by a statement": lambda: db.execute_statement(
            Statement=f"DELETE FROM \"{table}\" WHERE pk='{NOBODY['pk']['S']}' AND sk='{NOBODY['sk']['S']}'"
        ),
        "delete a key of words": lambda: db.delete_item(TableName=keys, Key=key),
        "change an item": lambda: db.update_item(TableName=table, Key=NOBODY, ConditionExpression="attribute_exists(pk)", **change),
        "read a partition": lambda: db.query(TableName=table, **question),
        "read the whole table": lambda: db.scan(TableName=table, Limit=1),
        "read all keys of words": lambda: db.scan(TableName=keys, Limit=1),
        "change the table": lambda: db.update_table(TableName=table, DeletionProtectionEnabled=True),
        "switch off its backups": lambda: db.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        ),
        "publish": lambda: held.sns.publish(TopicArn=topic, Message="a test of Dayzero tried what its role must not do"),
        "subscribe": lambda: held.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="nobody@example.invalid"),
        "read a webhook's secret": lambda: held.secretsmanager.get_secret_value(SecretId="dayzero/forum"),
        "change a webhook's secret": lambda: held.secretsmanager.update_secret(SecretId="dayzero/forum", Description="tried by a test"),
        "invoke a function": lambda: held.client("lambda").invoke(FunctionName=stack.functions()["watch"], InvocationType="DryRun"),
        "assume another role": lambda: held.sts.assume_role(RoleArn=stack.outputs["AlertRoleArn"], RoleSessionName="tried"),
        "list users": lambda: held.iam.list_users(),
    }


# What a role may do of these; everything else must be refused. An emulator does not judge the leading parts of keys, so that a right to some
# items counts there as one to all.
MAY = {
    "receive": {"read a webhook's secret"},
    "assess": {"change an item", "read a partition"},
    "alert": {"change an item", "read a partition", "publish"},
    "watch": {"change an item", "read a partition", "publish"},
    "reconcile": {"read a partition", "read the whole table"},
    "review": {"change an item", "read a partition"},
}


def credentials(process):
    """What a function's process was given to act with."""
    variables = dict(pair.split(b"=", 1) for pair in pathlib.Path(f"/proc/{process}/environ").read_bytes().split(b"\0") if b"=" in pair)
    names = (b"AWS_ACCESS_KEY_ID", b"AWS_SECRET_ACCESS_KEY", b"AWS_SESSION_TOKEN")
    return tuple(variables[name].decode() for name in names)


def tried(held, stack, role, own):
    """Tries everything with a role's own credentials; how many things were refused. `own` are those credentials."""
    me = account.Account(held.region, held.endpoint, own)
    identity = me.sts.get_caller_identity()["Arn"]
    if "assumed-role" not in identity:
        raise account.Failed(f"the function {role} acts as {identity}, expected its role")
    refused = 0
    for name, call in calls(me, stack).items():
        # What it publishes rightly are alerts, and somebody listens.
        if name == "publish" and name in MAY[role]:
            continue
        code = refusal(call)
        if name in MAY[role]:
            if code in REFUSED:
                raise account.Failed(f"{role} may not {name}, and needs to")
        elif code not in REFUSED:
            raise account.Failed(f"{role} was not refused when it tried to {name}: {code or 'it was done'}")
        else:
            refused += 1
    return refused


def refusal(call):
    """The code with which a call was refused, None if it was done."""
    try:
        call()
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


# The same for IAM's simulator: a role, an action, the resource's output or attribute, the leading key, and whether it may.
SIMULATED = [
    ("receive", "dynamodb:PutItem", "table", "delivery#forum#0", True),
    ("receive", "dynamodb:PutItem", "table", "comment#forum-0", False),
    ("receive", "dynamodb:GetItem", "table", "delivery#forum#0", False),
    ("receive", "dynamodb:GetItem", "table", "comment#forum-0", False),
    ("receive", "dynamodb:GetItem", "keys", "key#0", False),
    ("receive", "dynamodb:Query", "table", "delivery#forum#0", False),
    ("receive", "sns:Publish", "topic", None, False),
    ("assess", "dynamodb:PutItem", "table", "comment#forum-0", True),
    ("assess", "dynamodb:UpdateItem", "table", "comment#forum-0", False),
    ("assess", "dynamodb:DeleteItem", "table", "comment#forum-0", False),
    ("assess", "dynamodb:PutItem", "table", "protocols", False),
    ("assess", "sns:Publish", "topic", None, False),
    ("alert", "dynamodb:DeleteItem", "table", "comment#forum-0", False),
    ("alert", "dynamodb:PutItem", "table", "delivery#forum#0", False),
    ("alert", "sns:Publish", "topic", None, True),
    ("watch", "dynamodb:DeleteItem", "table", "comment#forum-0", False),
    ("watch", "dynamodb:PutItem", "table", "protocols", False),
    ("watch", "dynamodb:Scan", "table", None, False),
    ("reconcile", "dynamodb:DeleteItem", "table", "comment#forum-0", False),
    ("reconcile", "dynamodb:UpdateItem", "table", "comment#forum-0", False),
    ("reconcile", "sns:Publish", "topic", None, False),
    ("review", "dynamodb:PutItem", "table", "delivery#forum#0", False),
    ("review", "dynamodb:PutItem", "table", "protocols", False),
    ("review", "dynamodb:DeleteItem", "table", "comment#forum-0", False),
    ("review", "dynamodb:UpdateItem", "table", "comment#forum-0", False),
    ("review", "sns:Publish", "topic", None, False),
]


def simulated(held, stack):
    """Asks IAM's simulator; how many answers were as they must be. An emulator's simulator knows no keys: there only what is refused whatever
    the key is asked."""
    functions = stack.functions()
    account_id = held.sts.get_caller_identity()["Account"]
    tables = {"table": stack.table, "keys": stack.outputs["KeysTableName"]}
    asked = 0
    for role, action, resource, key, may in SIMULATED:
        if role not in functions or (held.endpoint and (key or may)):
            continue
        arn = stack.outputs["SafetyDeskTopicArn"]
        if resource in tables:
            arn = f"arn:aws:dynamodb:{held.region}:{account_id}:table/{tables[resource]}"
        context = [{"ContextKeyName": "dynamodb:LeadingKeys", "ContextKeyValues": [key], "ContextKeyType": "stringList"}] if key else []
        answer = held.iam.simulate_principal_policy(
            PolicySourceArn=stack.role_arn(role), ActionNames=[action], ResourceArns=[arn], ContextEntries=context
        )
        decision = answer["EvaluationResults"][0]["EvalDecision"]
        if (decision == "allowed") != may:
            expected = "allowed" if may else "denied"
            raise account.Failed(f"IAM says {decision} of {action} by {role} on {key or resource}, expected {expected}")
        asked += 1
    return asked
