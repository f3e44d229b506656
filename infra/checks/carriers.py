"""The rules over topics, queues and alarms: what people are told, and what happens to what could not be told."""

import re
from pathlib import Path

from .reading import FUNCTIONS, READ_BY_OTHERS, TOPICS, name_of, rule

README = Path(__file__).resolve().parent.parent / "README.md"

# The program's own metrics: how an alarm on each treats silence, and which stages report it.
METRICS = {
    "SweepRan": ("breaching", {"watch"}),
    "OldestOpenWorkAge": ("ignore", {"watch"}),
    "DeadlineMissed": ("notBreaching", {"watch"}),
    "SignatureRefused": ("notBreaching", {"receive"}),
    "SubscriptionEnded": ("notBreaching", {"assess"}),
    "HandshakeOverdue": ("notBreaching", {"watch"}),
    "ChannelsSilent": ("notBreaching", {"watch"}),
    "AuditRootAge": ("notBreaching", {"watch"}),
    "StoreUnavailable": ("notBreaching", {"receive"}),
    "CarrierRefused": ("notBreaching", {"alert"}),
    "SecondCarrierUsed": ("notBreaching", {"alert"}),
    "DigestSent": ("notBreaching", {"alert"}),
    "SubscriptionUnconfirmed": ("notBreaching", {"alert"}),
    "NeedsPerson": ("notBreaching", {"watch"}),
    "ReconciliationRan": ("breaching", {"reconcile"}),
    "ReconciliationDifferences": ("ignore", {"reconcile"}),
}


@rule
def topics_are_guarded(template):
    for topic, body in template.of_type("AWS::SNS::Topic").items():
        if body["Properties"].get("KmsMasterKeyId") != {"Ref": "Key"}:
            yield f"{topic} must be encrypted with the key"
    policy = template.properties("TopicsStayInTheAccount")
    if sorted(name_of(topic) for topic in policy.get("Topics", [])) != sorted(TOPICS):
        yield "the topics' policy must cover all five"
    denied = [statement.get("Condition") for statement in policy["PolicyDocument"]["Statement"] if statement["Effect"] == "Deny"]
    if {"StringNotEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}} not in denied:
        yield "the topics' policy must deny every other account"
    variable = template.function("Alert")["Environment"]["Variables"].get("DAYZERO_TOPICS", {})
    if name_of(variable) != ",".join(f"{topic}=${{{topic}}}" for topic in TOPICS):
        yield "DAYZERO_TOPICS must name all five topics, each with its own ARN"
    outputs = template.data["Outputs"]
    for name in TOPICS:
        queue = name.removesuffix("Topic") + "Undelivered"
        if queue not in template.resources or f"{queue}Arn" not in outputs or f"{name}Arn" not in outputs:
            yield f"{name} needs a queue {queue}, and both in the outputs"
        if {"Ref": queue} not in template.properties("UndeliveredComesFromTheTopics").get("Queues", []):
            yield f"SNS must be permitted to send to {queue}"
    sources = template.properties("UndeliveredComesFromTheTopics")["PolicyDocument"]["Statement"][0].get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn", [])
    if sorted(name_of(source) for source in sources) != sorted(TOPICS):
        yield "the queues of undelivered alerts must take messages from the five topics only"


@rule
def queues_hold_on(template):
    for name, body in template.of_type("AWS::SQS::Queue").items():
        queue = body.get("Properties", {})
        if queue.get("MessageRetentionPeriod") != 14 * 24 * 3600:
            yield f"{name} must keep messages for 14 days, the longest there is"
        own_key = queue.get("KmsMasterKeyId") == {"Ref": "Key"}
        if not (own_key if name.endswith(("Undelivered", "Queue")) else own_key or queue.get("SqsManagedSseEnabled") is True):
            yield f"{name} must be encrypted; with our key if it can hold an alert"
    consumers = [(name_of(m["Properties"].get("FunctionName")), m["Properties"].get("EventSourceArn")) for m in template.of_type("AWS::Lambda::EventSourceMapping").values()]
    for name in FUNCTIONS:
        events = template.properties(name).get("Events", {}).values()
        consumers += [(name, event["Properties"]["Queue"]) for event in events if event["Type"] == "SQS"]
    for function, source in consumers:
        queue = name_of(source).split(".")[0]
        timeout = template.function(function).get("Timeout", 3)
        visible = template.properties(queue).get("VisibilityTimeout", 30)
        if visible < 6 * timeout:
            yield f"{queue} shows a message again after {visible} s; {function} may take {timeout} s, so it must be at least {6 * timeout}"


def watched(alarm):
    """Namespace, metric and dimensions of everything that an alarm looks at."""
    metrics = [alarm] if "MetricName" in alarm else [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
    for metric in metrics:
        yield metric["Namespace"], metric["MetricName"], {d["Name"]: name_of(d["Value"]) for d in metric.get("Dimensions", [])}


@rule
def alarms_speak(template):
    headings = re.findall(r"^### (\w+)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    runbooks = set(headings)
    alarms = {name: body["Properties"] for name, body in template.of_type("AWS::CloudWatch::Alarm").items()}
    for name, alarm in alarms.items():
        metrics = list(watched(alarm))
        for list_name in ["AlarmActions", "OKActions"]:
            if alarm.get(list_name) != [{"Ref": "OperationsTopic"}]:
                yield f"{name} must tell OperationsTopic when it rises and when it clears ({list_name})"
        right = METRICS[metrics[0][1]][0] if metrics[0][0] == "Dayzero" and metrics[0][1] in METRICS else "notBreaching"
        if alarm.get("TreatMissingData") != right:
            yield f"{name} treats missing data as {alarm.get('TreatMissingData')}; it must be {right}"
        if right == "breaching" and (alarm.get("ComparisonOperator"), alarm.get("Threshold")) != ("LessThanThreshold", 1):
            yield f"{name} is a heartbeat: it must rise when there is less than one beat"
        if right != "breaching" and alarm.get("ComparisonOperator") != "GreaterThanThreshold":
            yield f"{name} must rise above its threshold"
        # What happens once a night is missed after a night.
        longest = 26 * 3600 if name == "ReconciliationStopped" else 300
        if alarm.get("EvaluationPeriods", 0) * alarm.get("Period", 60) > longest:
            yield f"{name} must rise within {longest // 60} minutes"
        for namespace, metric, dimensions in metrics:
            if namespace == "Dayzero" and (metric not in METRICS or dimensions.get("Stage") not in METRICS[metric][1] or len(dimensions) != 1):
                yield f"{name} watches {metric} {dimensions}, which the program does not report"
        if name not in runbooks:
            yield f"{name} has no runbook: README.md needs a heading '### {name}'"
    for stale in sorted(runbooks - set(alarms)):
        yield f"README.md has a runbook for {stale}, which is no alarm"
    if runbooks == set(alarms) and headings != list(alarms):
        yield "README.md must have one runbook an alarm, in the order of the template"
    seen = [(namespace, metric, *sorted(dimensions.values())) for alarm in alarms.values() for namespace, metric, dimensions in watched(alarm)]
    for metric, (_, stages) in METRICS.items():
        for stage in stages:
            if ("Dayzero", metric, stage) not in seen:
                yield f"no alarm watches {metric} of {stage}"
    for queue in template.of_type("AWS::SQS::Queue"):
        if queue in READ_BY_OTHERS:
            continue
        if ("AWS/SQS", "ApproximateNumberOfMessagesVisible", f"{queue}.QueueName") not in seen:
            yield f"no alarm watches the depth of {queue}"
