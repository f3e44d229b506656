"""The rules over the dashboard: that it is one, that what it shows exists, and that every metric of the program can be seen on it."""

import json
import re
from pathlib import Path

from .alarms import METRICS
from .reading import rule

CODE = Path(__file__).resolve().parent.parent.parent / "src" / "metrics.rs"
# What AWS reports and the dashboard may show, with the dimensions that name one thing.
OF_AWS = {
    "AWS/ApiGateway": ({"5xx"}, [["ApiId"]]),
    "AWS/Lambda": ({"Invocations", "Errors", "Throttles", "Duration", "IteratorAge"}, [["FunctionName"]]),
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible"}, [["QueueName"]]),
    "AWS/DynamoDB": (
        {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"},
        [["TableName"], ["TableName", "GlobalSecondaryIndexName"]],
    ),
}


def own_metrics():
    """The names that the program counts under."""
    return set(re.findall(r'=> "([A-Z]\w+)",$', CODE.read_text(encoding="utf-8"), re.MULTILINE)) - {"Seconds", "Count"}


def shown(template):
    """Every metric on the dashboard: namespace, name, and its dimensions as pairs."""
    body = template.alarms.properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    for widget in json.loads(body)["widgets"]:
        for namespace, metric, *rest in widget["properties"].get("metrics", []):
            yield namespace, metric, list(zip(rest[::2], rest[1::2], strict=True))


@rule
def dashboard_shows(template):
    try:
        metrics = list(shown(template))
    except ValueError as problem:
        yield f"the dashboard is no JSON of widgets: {problem}"
        return
    names = own_metrics()
    for namespace, metric, dimensions in metrics:
        if namespace == "Dayzero":
            stages = METRICS.get(metric, (None, None, None))[2]
            if metric not in names or [name for name, _ in dimensions] != ["Stage"]:
                yield f"the dashboard shows {metric}, which the program does not report"
            elif stages and dimensions[0][1] not in stages:
                yield f"the dashboard shows {metric} of {dimensions[0][1]}, which does not report it"
            continue
        known, keys = OF_AWS.get(namespace, (set(), []))
        if metric not in known or [name for name, _ in dimensions] not in keys:
            yield f"the dashboard shows {namespace} {metric} {dimensions}, which AWS does not report"
    for metric in sorted(names - {metric for namespace, metric, _ in metrics if namespace == "Dayzero"}):
        yield f"the dashboard does not show {metric}"


@rule
def widgets_stand_apart(template):
    """No widget over another, and each within the 24 columns."""
    body = template.alarms.properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    taken = {}
    for number, widget in enumerate(json.loads(body)["widgets"], 1):
        if widget["x"] + widget["width"] > 24:
            yield f"widget {number} of the dashboard is out of its 24 columns"
        for x in range(widget["x"], widget["x"] + widget["width"]):
            for y in range(widget["y"], widget["y"] + widget["height"]):
                if (x, y) in taken:
                    yield f"widgets {taken[x, y]} and {number} of the dashboard lie over each other"
                    break
                taken[x, y] = number
