"""The settings of a deployed stack as its services describe them: what a template says and a service may have understood otherwise. Part of
`tests/cloud-smoke`; an emulator answers some of these questions with its own defaults.
"""
import json


def all_of(report, stack):
    tables(report, stack)
    keys(report, stack)
    topics(report, stack)
    functions(report, stack)
    schedules(report, stack)
    logs(report, stack)
    alarms(report, stack)


def tables(report, stack):
    db = stack.account.dynamodb
    for name, backed_up in ((stack.table, True), (stack.outputs["KeysTableName"], False)):
        found = db.describe_table(TableName=name)["Table"]
        which = "the table" if backed_up else "the table of keys"
        report.judge(f"{which}: deletion protection", found.get("DeletionProtectionEnabled") is True, str(found.get("DeletionProtectionEnabled")), False)
        sse = found.get("SSEDescription", {})
        ours = sse.get("SSEType") == "KMS" and sse.get("Status") == "ENABLED"
        report.judge(f"{which}: encrypted with a key of ours", ours, str(sse or "no description"), False)
        mode = found.get("BillingModeSummary", {}).get("BillingMode")
        report.judge(f"{which}: on demand", mode == "PAY_PER_REQUEST", str(mode))
        backups = db.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        state = backups["PointInTimeRecoveryStatus"]
        report.judge(f"{which}: point-in-time recovery {'on' if backed_up else 'off'}", (state == "ENABLED") == backed_up, state, False)
    stream = db.describe_table(TableName=stack.table)["Table"].get("StreamSpecification", {})
    report.judge("the table: stream of new and old images", stream.get("StreamViewType") == "NEW_AND_OLD_IMAGES", str(stream))
    ttl = db.describe_time_to_live(TableName=stack.table)["TimeToLiveDescription"]
    is_so = ttl.get("AttributeName") == "expires" and ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    report.judge("the table: expires is its time to live", is_so, str(ttl), False)


def keys(report, stack):
    for name, key in stack.of_type("AWS::KMS::Key").items():
        rotated = stack.account.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
        report.judge(f"the key {name} is rotated", rotated, str(rotated), False)


def topics(report, stack):
    sns = stack.account.sns
    for name, topic in stack.of_type("AWS::SNS::Topic").items():
        attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        report.judge(f"the topic {name} is encrypted", bool(attributes.get("KmsMasterKeyId")), attributes.get("KmsMasterKeyId", "no key"), False)
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        subscriptions = [found for page in pages for found in page["Subscriptions"]]
        unconfirmed = sum(not found["SubscriptionArn"].startswith("arn:") for found in subscriptions)
        report.judge(f"the topic {name}: everybody has confirmed", unconfirmed == 0, f"{len(subscriptions)} subscriptions, {unconfirmed} unconfirmed")
        for found in subscriptions:
            if not found["SubscriptionArn"].startswith("arn:"):
                continue
            settings = sns.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])["Attributes"]
            redrive = settings.get("RedrivePolicy")
            report.judge(f"{name}, by {found['Protocol']}: a queue for what cannot be delivered", bool(redrive), redrive or "none", False)


def functions(report, stack):
    client = stack.account.client("lambda")
    for role, name in stack.functions().items():
        found = client.get_function_configuration(FunctionName=name)
        processor, code = "/".join(found.get("Architectures", [])), found["CodeSize"] / 1e6
        told = f"{found['Runtime']}, {processor}, {found['MemorySize']} MB, {found['Timeout']} s, {code:.1f} MB of code"
        report.judge(f"the function {role}", found.get("State", "Active") == "Active" and found["Runtime"] == "provided.al2023", told)
    reserved = client.get_function_concurrency(FunctionName=stack.functions()["receive"]).get("ReservedConcurrentExecutions")
    report.judge("concurrency is kept for receive", bool(reserved), str(reserved or "none: ReceiveConcurrency is 0"), False)
    for mapping in stack.mappings():
        found = client.get_event_source_mapping(UUID=mapping)
        wanted = {"BatchSize": 25, "MaximumRetryAttempts": 5, "BisectBatchOnFunctionError": True, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
        differs = {name: found.get(name) for name, value in wanted.items() if found.get(name) != value}
        whose = found["FunctionArn"].rsplit(":", 1)[-1]
        report.judge(f"the stream's mapping of {whose}: retries, bisection, failures in part", not differs, str(differs or wanted), False)
        destination = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        report.judge(f"the stream's mapping of {whose}: dead letters", bool(destination), str(destination), False)


def schedules(report, stack):
    for name, schedule in stack.of_type("AWS::Scheduler::Schedule").items():
        found = stack.account.scheduler.get_schedule(Name=schedule)
        report.judge(f"the schedule {name} is on", found["State"] == "ENABLED", f"{found['ScheduleExpression']}, {found['State']}")


def logs(report, stack):
    for name, group in stack.of_type("AWS::Logs::LogGroup").items():
        found = stack.account.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
        days = found.get("retentionInDays")
        report.judge(f"the log {name}: kept for a time", bool(days), f"{days} days")
        report.judge(f"the log {name}: encrypted", bool(found.get("kmsKeyId")), found.get("kmsKeyId", "no key"), False)


def alarms(report, stack):
    names = list(stack.of_type("AWS::CloudWatch::Alarm").values())
    pages = stack.account.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=names[:100])
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    silent = [alarm["AlarmName"] for alarm in found if not alarm["AlarmActions"] or not alarm["OKActions"]]
    states = {state: sum(alarm["StateValue"] == state for alarm in found) for state in ("OK", "INSUFFICIENT_DATA", "ALARM")}
    ringing = [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]
    report.judge("alarms are there and tell somebody", len(found) == len(names) and not silent, json.dumps({"alarms": len(found), "silent": silent}))
    report.shown("states of the alarms", f"{json.dumps(states)}{', ringing: ' + ', '.join(ringing) if ringing else ''}")
