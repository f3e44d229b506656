"""Planted faults of alarms.yaml and of what hands it its names; `faults.py` runs them with the others."""

import copy

from .reading import Template
from .runbooks import written


def put(*path_and_value):
    """A change that puts a value at a path below the Resources of alarms.yaml."""
    *path, value = path_and_value

    def change(_, part):
        place = part["Resources"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return change


def drop(*path):
    def change(_, part):
        place = part["Resources"]
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
    return change


def given(name, value):
    """A change of what the whole template hands over; `None` takes it away."""
    def change(whole, _):
        parameters = whole["Resources"]["Alarms"]["Properties"]["Parameters"]
        if value is None:
            del parameters[name]
        else:
            parameters[name] = value
    return change


def dashboard(old, new):
    def change(_, part):
        body = part["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
        body["Fn::Sub"] = body["Fn::Sub"].replace(old, new, 1)
    return change


def renamed(old, new):
    def change(_, part):
        part["Resources"][new] = part["Resources"].pop(old)
    return change


def metrics(*path):
    return (path[0], "Properties", "Metrics", *path[1:])


# rule that must find it, what was done, the change
FAULTS = [
    ("alarms_are_a_part", "a part that lies elsewhere", lambda whole, _: whole["Resources"]["Alarms"]["Properties"].update(TemplateURL="more.yaml")),
    ("alarms_are_a_part", "a name that is not handed over", given("Table", None)),
    ("alarms_are_a_part", "a name that nobody asks for", given("Key", {"Ref": "Key"})),
    ("alarms_are_a_part", "two functions swapped", given("Assess", {"Ref": "Alert"})),
    ("alarms_are_a_part", "a queue by its address", given("WatchFailed", {"Ref": "WatchFailed"})),
    ("alarms_are_a_part", "pages that may not be there", given("Review", {"Ref": "Review"})),
    ("alarms_are_a_part", "a second tick that is not handed over", lambda whole, _: whole["Resources"].update(WatchAgain={"Type": "AWS::Lambda::Function"})
        or whole["Resources"]["Alarms"]["Properties"]["Parameters"].pop("WatchAgain", None)),
    ("alarms_are_a_part", "a Ref to a missing parameter", put(*metrics("DeadLettersWait", 1, "MetricStat", "Metric", "Dimensions", 0, "Value"), {"Ref": "Failed"})),

    ("alarms_speak", "a heartbeat that takes silence for good", put("SweepStopped", "Properties", "TreatMissingData", "notBreaching")),
    ("alarms_speak", "a second tick whose silence is good", put("SecondTickStopped", "Properties", "TreatMissingData", "notBreaching")),
    ("alarms_speak", "a sweep whose silence is no news", put("SweepStopped", "Properties", "TreatMissingData", "missing")),
    ("alarms_speak", "a counter that takes silence for bad", put("DeadlineWasMissed", "Properties", "TreatMissingData", "breaching")),
    ("alarms_speak", "no word on silence", drop("WebhooksFail", "Properties", "TreatMissingData")),
    ("alarms_speak", "a heartbeat the wrong way round", put("SweepStopped", "Properties", "ComparisonOperator", "GreaterThanThreshold")),
    ("alarms_speak", "a heartbeat that counts two beats", put("SweepStopped", "Properties", "Threshold", 2)),
    ("alarms_speak", "a counter the wrong way round", put("WebhooksFail", "Properties", "ComparisonOperator", "LessThanThreshold")),
    ("alarms_speak", "a deadline that is near when it is far", put("SeriousDeadlineIsNear", "Properties", "ComparisonOperator", "GreaterThanThreshold")),
    ("alarms_speak", "nobody told", drop("SignaturesRefused", "Properties", "AlarmActions")),
    ("alarms_speak", "nobody told that it is over", put("SignaturesRefused", "Properties", "OKActions", [])),
    ("alarms_speak", "too slow", put("StoreIsUnavailable", "Properties", "Period", 3600)),
    ("alarms_speak", "an expression over two periods", put(*metrics("MostSignaturesRefused", 1, "MetricStat", "Period"), 60)),
    ("alarms_speak", "an expression that is too slow", put("FunctionsAreThrottled", "Properties", "EvaluationPeriods", 60)),
    ("alarms_speak", "more data points than periods", put("StoreIsUnavailable", "Properties", "DatapointsToAlarm", 2)),
    ("alarms_speak", "two nights without reconciliation", put("ReconciliationStopped", "Properties", "EvaluationPeriods", 50)),
    ("alarms_speak", "a metric that is not reported", put(*metrics("SweepStopped", 1, "MetricStat", "Metric", "MetricName"), "SweepDone")),
    ("alarms_speak", "a stage that does not report it", put("SignaturesRefused", "Properties", "Dimensions", [{"Name": "Stage", "Value": "watch"}])),

    ("nothing_is_unwatched", "a sweep that nobody listens for", drop("SweepStopped")),
    ("nothing_is_unwatched", "silent channels that alarm nobody", drop("ChannelIsSilent")),
    ("nothing_is_unwatched", "a queue that nobody looks at", drop(*metrics("DeadLettersWait", 3))),
    ("nothing_is_unwatched", "a function whose errors nobody sees", drop(*metrics("FunctionsFail", 1))),
    ("nothing_is_unwatched", "a function whose throttles nobody sees", drop(*metrics("FunctionsAreThrottled", 6))),
    ("nothing_is_unwatched", "a stream that nobody looks at", drop(*metrics("StreamIsBehind", 2))),
    ("nothing_is_unwatched", "the keys' throttles unseen", drop(*metrics("TableIsThrottled", 8))),
    ("nothing_is_unwatched", "an index whose throttles nobody sees", drop(*metrics("TableIsThrottled", 4))),
    ("nothing_is_unwatched", "a function more", lambda whole, _: whole["Resources"].update(Extra={"Type": "AWS::Serverless::Function", "Properties": {}})),

    ("dashboard_shows", "a dashboard that is no JSON", dashboard('"widgets"', "widgets")),
    ("dashboard_shows", "a metric that is not reported", dashboard('"SweepRan"', '"SweepDone"')),
    ("dashboard_shows", "a stage that does not report it", dashboard('"DeliveryKept", "Stage", "receive"', '"DeliveryKept", "Stage", "assess"')),
    ("dashboard_shows", "a metric that AWS does not report", dashboard('"IteratorAge"', '"StreamAge"')),
    ("dashboard_shows", "a dimension that AWS does not have", dashboard('"QueueName"', '"Queue"')),
    ("dashboard_shows", "a metric that nobody sees", dashboard('"ElementIgnored"', '"Quarantined"')),
    ("widgets_stand_apart", "one widget over another", dashboard('"x": 6', '"x": 3')),
    ("widgets_stand_apart", "a widget out of sight", dashboard('"x": 18', '"x": 20')),

    ("alarms_have_runbooks", "an alarm without runbook", lambda _, part: part["Resources"].update(Unheard=part["Resources"]["WebhooksFail"])),
    ("alarms_have_runbooks", "a runbook without alarm", drop("TableIsThrottled")),
    ("alarms_have_runbooks", "an alarm that was renamed", renamed("WebhooksFail", "WebhooksBreak")),
    ("runbooks_say_what_to_do", "an output that a runbook asks for", lambda whole, _: whole["Outputs"].pop("TableName")),
]

# The same for the pages: the page, what stands there, and what somebody wrote in its place.
PAGE_FAULTS = [
    ("alarms_have_runbooks", "an alarm on two pages", "restore", "# The table", "## SweepStopped\n\n# The table"),
    ("alarms_have_runbooks", "an alarm that the index forgets", "README", "[ClocksDisagree](runbooks/clock-fault.md#clocksdisagree)", "ClocksDisagree"),
    ("alarms_have_runbooks", "an index that leads nowhere", "README", "(runbooks/replay.md)", "(runbooks/repeat.md)"),
    ("runbooks_say_what_to_do", "a page that does not say what it means", "sns-refused", "## What it means for patients", "## Background"),
    ("runbooks_say_what_to_do", "a page that nobody reads to its end", "erasure", "\n## How you know", "\n" * 90 + "## How you know"),
    ("runbooks_say_what_to_do", "a command that AWS does not have", "sweep", "aws logs tail", "aws logs follow"),
    ("runbooks_say_what_to_do", "a resource that the template does not have", "sweep", "<EveryMinute>", "<EachMinute>"),
]


def planted(template):
    """Each fault as the rule that must find it, what was done, the template with it, and whether it changed anything."""
    for rule, what, change in FAULTS:
        whole, part = copy.deepcopy(template.data), copy.deepcopy(template.alarms.data)
        change(whole, part)
        changed = (str(whole), str(part)) != (str(template.data), str(template.alarms.data))
        yield rule, what, Template(template.text, whole, Template(template.alarms.text, part)), changed
    for rule, what, page, right, wrong in PAGE_FAULTS:
        pages = written()
        pages[page] = pages[page].replace(right, wrong, 1)
        part = Template(template.alarms.text, template.alarms.data, pages=pages)
        yield rule, what, Template(template.text, template.data, part), pages != written()
