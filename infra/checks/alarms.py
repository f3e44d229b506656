"""The rules over the alarms: that each is wired, right about missing data, quick enough, and that nothing goes unwatched."""

from .parts import names_exist, plain_yaml
from .reading import READ_BY_OTHERS, name_of, rule

# The program's own metrics that an alarm stands on: how it treats silence, which side of the threshold is bad, and which stages report it.
# `tests/it/tidy/agreement.rs` compares names and stages with the code.
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"
METRICS = {
    "SweepRan": ("breaching", BELOW, {"watch"}),
    "OldestOpenWorkAge": ("ignore", ABOVE, {"watch"}),
    "OldestUnreadAge": ("notBreaching", ABOVE, {"watch"}),
    "OldestUnpublishedAge": ("notBreaching", ABOVE, {"watch"}),
    "OldestUnacknowledgedAge": ("notBreaching", ABOVE, {"watch"}),
    "TimeToSeriousDeadline": ("notBreaching", BELOW, {"watch"}),
    "DeadlineMissed": ("notBreaching", ABOVE, {"watch"}),
    "SignatureRefused": ("notBreaching", ABOVE, {"receive"}),
    "DeliveryKept": ("notBreaching", ABOVE, {"receive"}),
    "DeliveryAgain": ("notBreaching", ABOVE, {"receive"}),
    "SecretUnreadable": ("notBreaching", ABOVE, {"receive"}),
    "SubscriptionEnded": ("notBreaching", ABOVE, {"assess"}),
    "Quarantined": ("notBreaching", ABOVE, {"assess"}),
    "CommentSighted": ("notBreaching", ABOVE, {"assess"}),
    "HandshakeOverdue": ("notBreaching", ABOVE, {"watch"}),
    "ChannelsSilent": ("notBreaching", ABOVE, {"watch"}),
    "AuditRootAge": ("notBreaching", ABOVE, {"watch"}),
    "ClockDisagrees": ("notBreaching", ABOVE, {"receive"}),
    "StoreUnavailable": ("notBreaching", ABOVE, {"receive"}),
    "KeyStoreUnavailable": ("notBreaching", ABOVE, {"receive", "watch"}),
    "CarrierRefused": ("notBreaching", ABOVE, {"alert"}),
    "SecondCarrierUsed": ("notBreaching", ABOVE, {"alert"}),
    "DigestSent": ("notBreaching", ABOVE, {"alert"}),
    "SubscriptionUnconfirmed": ("notBreaching", ABOVE, {"alert"}),
    "NeedsPerson": ("notBreaching", ABOVE, {"watch"}),
    "FoundBySweep": ("notBreaching", ABOVE, {"watch"}),
    "ReconciliationRan": ("breaching", BELOW, {"reconcile"}),
    "ReconciliationDifferences": ("ignore", ABOVE, {"reconcile"}),
}
# A heartbeat that AWS counts for us.
TICKS = ("AWS/Lambda", "Invocations")
# What comes once a night is missed after a night; everything else within minutes.
LONGEST_SECONDS = {"ReconciliationStopped": 26 * 3600}
MOST_SECONDS = 300


def alarms_of(part):
    return {name: body["Properties"] for name, body in part.of_type("AWS::CloudWatch::Alarm").items()}


def watched(alarm):
    """Namespace, metric and dimensions of everything that an alarm looks at."""
    metrics = [alarm] if "MetricName" in alarm else [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
    for metric in metrics:
        yield metric["Namespace"], metric["MetricName"], {d["Name"]: name_of(d["Value"]) for d in metric.get("Dimensions", [])}


def period_of(alarm):
    """Seconds of one period: the alarm's own, or the one that all metrics of its expression share."""
    if "Period" in alarm:
        return alarm["Period"]
    periods = {metric["MetricStat"]["Period"] for metric in alarm["Metrics"] if "MetricStat" in metric}
    return periods.pop() if len(periods) == 1 else None


def expected_of(alarm):
    """How an alarm must treat silence and compare, by the first metric that it stands on."""
    namespace, metric, _ = next(watched(alarm))
    if namespace == "Dayzero" and metric in METRICS:
        return METRICS[metric][:2]
    return ("breaching", BELOW) if (namespace, metric) == TICKS else ("notBreaching", ABOVE)


@rule
def alarms_are_a_part(template):
    """The part is uploaded with the template, gets every name under that name, and holds as a template itself."""
    stack, part = template.properties("Alarms"), template.alarms
    if template.resources.get("Alarms", {}).get("Type") != "AWS::CloudFormation::Stack" or stack.get("TemplateURL") != "alarms.yaml":
        yield "Alarms must be a stack made of alarms.yaml, which lies beside the template"
    given, wanted = stack.get("Parameters", {}), part.data["Parameters"]
    for name in sorted(set(given) - set(wanted)):
        yield f"alarms.yaml does not ask for {name}"
    for name, body in wanted.items():
        if name not in given and ("Default" not in body or name in template.resources):
            yield f"the stack of alarms is not told the name of {name}"
    for name, value in given.items():
        kind = template.resources.get(name, {}).get("Type")
        right = {"Fn::GetAtt": [name, "QueueName"]} if kind == "AWS::SQS::Queue" else {"Ref": name}
        condition = template.resources.get(name, {}).get("Condition")
        if value != ({"Fn::If": [condition, right, "none"]} if condition else right):
            yield f"the stack of alarms is told {name_of(value)} where it asks for {name}"
    for check in (plain_yaml, names_exist):
        for sentence in check(part):
            yield f"alarms.yaml: {sentence}"


@rule
def alarms_speak(template):
    for name, alarm in alarms_of(template.alarms).items():
        for list_name in ["AlarmActions", "OKActions"]:
            if alarm.get(list_name) != [{"Ref": "OperationsTopic"}]:
                yield f"{name} must tell OperationsTopic when it rises and when it clears ({list_name})"
        silence, side = expected_of(alarm)
        if alarm.get("TreatMissingData") != silence:
            yield f"{name} treats missing data as {alarm.get('TreatMissingData')}; it must be {silence}"
        if alarm.get("ComparisonOperator") != side:
            yield f"{name} must be {side}"
        if silence == "breaching" and alarm.get("Threshold") != 1:
            yield f"{name} is a heartbeat: it must rise when there is less than one beat"
        period, longest = period_of(alarm), LONGEST_SECONDS.get(name, MOST_SECONDS)
        if period is None:
            yield f"the metrics of {name} must have one period, or none of its data points would be comparable"
        elif alarm.get("EvaluationPeriods", 0) * period > longest:
            yield f"{name} must rise within {longest // 60} minutes"
        if not 1 <= alarm.get("DatapointsToAlarm", 0) <= alarm.get("EvaluationPeriods", 0):
            yield f"{name} must say how many of its periods make it rise"
        for namespace, metric, dimensions in watched(alarm):
            if namespace == "Dayzero" and (metric not in METRICS or dimensions.get("Stage") not in METRICS[metric][2] or len(dimensions) != 1):
                yield f"{name} watches {metric} {dimensions}, which the program does not report"


@rule
def nothing_is_unwatched(template):
    """Every function, stream, queue, table and index of the template stands in the alarms that are about its kind."""
    seen = {(namespace, metric, *sorted(dimensions.values())) for alarm in alarms_of(template.alarms).values() for namespace, metric, dimensions in watched(alarm)}
    for metric, (_, _, stages) in METRICS.items():
        for stage in stages:
            if ("Dayzero", metric, stage) not in seen:
                yield f"no alarm watches {metric} of {stage}"
    for queue in template.of_type("AWS::SQS::Queue").keys() - READ_BY_OTHERS:
        if ("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue) not in seen:
            yield f"no alarm watches the depth of {queue}"
    for function in template.of_type("AWS::Serverless::Function"):
        for metric in ["Errors", "Throttles"]:
            if ("AWS/Lambda", metric, function) not in seen:
                yield f"no alarm watches the {metric} of {function}"
        streams = [event for event in template.properties(function).get("Events", {}).values() if event["Type"] == "DynamoDB"]
        if streams and ("AWS/Lambda", "IteratorAge", function) not in seen:
            yield f"no alarm watches how far {function} is behind its stream"
    for table in template.of_type("AWS::DynamoDB::Table"):
        indexes = [index["IndexName"] for index in template.properties(table).get("GlobalSecondaryIndexes", [])]
        for place in [[table]] + [[table, index] for index in indexes]:
            for metric in ["ReadThrottleEvents", "WriteThrottleEvents"]:
                if ("AWS/DynamoDB", metric, *sorted(place)) not in seen:
                    yield f"no alarm watches {metric} of {' and its index '.join(place)}"
