#!/usr/bin/env python3
"""Makes every alarm of infra/alarms.yaml rise and clear, and says how many minutes that took. Its own thresholds, periods and rules for missing
data decide, as CloudWatch applies them (cloudwatch.py). Metrics of ours are what the real stages printed under a real fault in the world's time
(tests/it/alarms); metrics of AWS's are what its documentation says of the fault (aws_faults.py).

    tests/alarms/check.py FOLDER               FOLDER holds the stories that tests/it/alarms wrote
    tests/alarms/check.py FOLDER --self-test   spoils each alarm in several ways, and demands that each is found
"""

import copy
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import aws_faults
from cloudwatch import ALARM, DELAY, MORE, OK, Alarm, Series

TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "infra"))
from checks.reading import Template  # noqa: E402

# Minutes within which an alarm has to rise after its fault began, and to clear after it ended: twelve periods of the longest kind at most.
RISE, CLEAR = 5, 12
# Periods after the end of a story for which an alarm is still looked at: nothing comes then, which clears a counter and no gauge.
LONGEST = 4
# What cannot rise within five minutes of a fault, and by design: minutes, and why.
LATER = {
    "ReconciliationStopped": (29 * 60, "a night comes once a day: after 26 hours it is late, and CloudWatch looks two periods further back"),
}
# What clears later, and why.
CLEARS_LATER = {
    "ReconciliationStopped": (120, "its periods are hours"),
    "SignaturesRefused": (16, "five minutes' sum, and two more periods that are looked back to"),
    "ElementsAreUnreadable": (20, "five minutes' sum, and nothing to see after it"),
}
# What has a time of its own before anything is wrong: the minutes are counted from its end.
AFTER_ITS_TIME = {
    "AuditRootIsOverdue": "a root may be half an hour old",
    "ChannelIsSilent": "the protocol's silent_after",
    "HandshakeIsOverdue": "the platform's own period",
    "NobodyTakesAlertsInHand": "a day",
    "ReconciliationDiffers": "the night",
    "SeriousDeadlineIsNear": "ten minutes before the end of the window",
    "StreamIsBehind": "five minutes behind",
}
# The story in which everything is well, and no alarm may rise.
HEALTHY = "healthy"


@dataclass
class Scenario:
    name: str
    series: Series
    begins: int
    ends: int
    last: int
    alarms: list


def stories(folder):
    """The stories that the real stages wrote, by name; each raises some alarms."""
    for path in sorted(Path(folder).glob("*.jsonl")):
        scenario = Scenario(path.stem, Series(), 0, 0, 0, [])
        for text in path.read_text(encoding="utf-8").splitlines():
            kept = json.loads(text)
            minute = kept["at"] // 60
            scenario.last = max(scenario.last, minute)
            if "begins" in kept:
                scenario.begins, scenario.alarms = minute, kept["begins"]
            elif "ends" in kept:
                scenario.ends = minute
            else:
                _add(scenario.series, kept["line"], minute)
        yield scenario


def _add(series, line, minute):
    """An EMF line, as CloudWatch reads it: the values that its own description names, under the dimensions that it names."""
    for described in line["_aws"]["CloudWatchMetrics"]:
        for names in described["Dimensions"]:
            dimensions = {name: line[name] for name in names}
            for metric in described["Metrics"]:
                series.add(described["Namespace"], metric["Name"], dimensions, minute, line[metric["Name"]])


def told(alarm, scenario):
    """The minutes at which the alarm changed its state, from a minute in which it could see a whole evaluation."""
    state, changes = OK, []
    # Before the story there is nothing to see, which a heartbeat would take for silence.
    first = (alarm.evaluated + MORE) * alarm.period + DELAY if alarm.period == 1 else 0
    for now in range(first, scenario.last + LONGEST * alarm.period):
        new = alarm.state(scenario.series, now, state)
        if new != state:
            changes.append((now, new))
        state = new
    return changes


def judge(alarm, scenario):
    """Minutes to rise and to clear, and what is wrong with them."""
    history = told(alarm, scenario)
    changes = [(now, state) for now, state in history if now >= scenario.begins]
    early = [now for now, state in history if now < scenario.begins and state == ALARM]
    if early and alarm.name not in LATER:
        return None, None, f"it rose in minute {early[0]}, before its fault began in minute {scenario.begins}"
    rises = [now for now, state in changes if state == ALARM]
    if not rises:
        return None, None, "it never rose"
    rise = rises[0] - scenario.begins
    clears = [now for now, state in changes if state == OK and now > rises[0]]
    if not clears:
        return rise, None, "it never cleared"
    clear = max(clears[0] - scenario.ends, 0)
    if rise > LATER.get(alarm.name, (RISE,))[0]:
        return rise, clear, f"it rose after {rise} minutes; {LATER.get(alarm.name, (RISE,))[0]} are allowed"
    if clear > CLEARS_LATER.get(alarm.name, (CLEAR,))[0]:
        return rise, clear, f"it cleared after {clear} minutes; {CLEARS_LATER.get(alarm.name, (CLEAR,))[0]} are allowed"
    return rise, clear, None


def rows(name, properties, scenarios):
    """Each scenario of an alarm: alarm, scenario's name, minutes to rise and to clear, fault."""
    alarm = Alarm(name, properties)
    found = [scenario for scenario in scenarios if name in scenario.alarms]
    if any(namespace != "Dayzero" for namespace, _, _ in alarm.keys()):
        found += [Scenario(what, series, begins, ends, last, [name]) for what, series, begins, ends, last in aws_faults.scenarios(alarm)]
    if not found:
        yield name, "-", None, None, "no scenario makes it rise"
    for scenario in found:
        yield (name, scenario.name, *judge(alarm, scenario))


def rises_in_quiet(name, properties, scenarios):
    """What is wrong with an alarm that rises while comments come, are read and alerted as they should be."""
    (healthy,) = [scenario for scenario in scenarios if scenario.name == HEALTHY]
    alarm, state = Alarm(name, properties), OK
    if alarm.keys()[0][0] != "Dayzero" or alarm.period > healthy.last:
        return
    for now in range(alarm.evaluated + MORE + DELAY + 1, healthy.last):
        state = alarm.state(healthy.series, now, state)
        if state == ALARM:
            yield f"{name} rises in minute {now} while nothing is wrong"
            return


def faults_of(name, properties, scenarios):
    yield from (f"{name} ({what}): {fault}" for _, what, _, _, fault in rows(name, properties, scenarios) if fault)
    yield from rises_in_quiet(name, properties, scenarios)


def all_faults(alarms, scenarios):
    for name, properties in alarms.items():
        yield from faults_of(name, properties, scenarios)
    for scenario in scenarios:
        yield from (f"{scenario.name} raises {name}, which is no alarm" for name in scenario.alarms if name not in alarms)


def report(alarms, scenarios):
    table = [row for name, properties in alarms.items() for row in rows(name, properties, scenarios)]
    print(f"{'alarm':26} {'scenario':44} rises  clears   (minutes)")
    for name, what, rise, clear, fault in table:
        shown = ["never" if value is None else str(value) for value in (rise, clear)]
        print(f"{name:26} {what[:44]:44} {shown[0]:>5}  {shown[1]:>6}   {fault or ''}".rstrip())
    within = {name for name in alarms if all(rise is not None and rise <= RISE for known, _, rise, _, _ in table if known == name)}
    print(f"\n{len(alarms)} alarms, {len(table)} scenarios; {len(within)} alarms rise within {RISE} minutes in each of theirs")
    for name, (minutes, why) in LATER.items():
        print(f"later by design: {name}, {minutes} minutes at most: {why}")
    for name, time in AFTER_ITS_TIME.items():
        print(f"counted from the end of its own time: {name} ({time})")
    found = list(all_faults(alarms, scenarios))
    for sentence in found:
        print(f"tests/alarms: {sentence}", file=sys.stderr)
    return 1 if found else 0


# Data points of three periods, the newest last, `-` is missing, X is breaching: the examples of CloudWatch's documentation for "3 out of 3" and
# "2 out of 3", with two periods before them. State for notBreaching, breaching, and ignore where the state was OK and ALARM.
DOCUMENTED = [
    (3, "0-X-X", OK, OK, OK, OK),
    (3, "0----", OK, OK, OK, OK),
    (3, "-----", OK, ALARM, OK, ALARM),
    (3, "0XX-X", ALARM, ALARM, ALARM, ALARM),
    (3, "--X--", OK, ALARM, OK, ALARM),
    (2, "0-X-X", ALARM, ALARM, ALARM, ALARM),
    (2, "00X0X", ALARM, ALARM, ALARM, ALARM),
    (2, "0-X--", OK, ALARM, OK, OK),
    (2, "----0", OK, ALARM, OK, OK),
    (2, "---X-", OK, ALARM, OK, ALARM),
]


def documented():
    """The rows in which the evaluator and the documentation differ."""
    for needed, points, *expected in DOCUMENTED:
        series = Series()
        for minute, point in enumerate(points):
            if point != "-":
                series.add("N", "M", {}, minute, 1 if point == "X" else 0)
        shape = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": needed,
                 "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0}
        ways = [("notBreaching", OK), ("breaching", OK), ("ignore", OK), ("ignore", ALARM)]
        found = [Alarm("documented", shape | {"TreatMissingData": silence}).state(series, len(points) + 1, before) for silence, before in ways]
        if found != expected:
            yield f"{needed} out of 3 over {points} is {found}, not {expected}"


def spoilt(alarms):
    """Each alarm with one thing about it wrong."""
    for name, right in alarms.items():
        above = right["ComparisonOperator"] == "GreaterThanThreshold"
        # Silence goes wrong with the threshold: a counter that had nothing to count reports no zero that could lie above anything.
        silent, loud = {"TreatMissingData": "notBreaching"}, {"TreatMissingData": "breaching"}
        yield name, "out of reach", right | silent | {"Threshold": 10**15 if above else -1}
        yield name, "always on", right | loud | {"Threshold": -1 if above else 10**15}
        yield name, "the wrong way round", right | (
            {"ComparisonOperator": "LessThanThreshold"} | loud if above else {"ComparisonOperator": "GreaterThanThreshold"} | silent)
        changed = copy.deepcopy(right)
        for metric in [changed] if "MetricName" in changed else [entry["MetricStat"]["Metric"] for entry in changed["Metrics"] if "MetricStat" in entry]:
            if metric["Namespace"] == "Dayzero":
                metric["MetricName"] += "s"
        if changed != right:
            yield name, "over a name that nobody counts", changed


def self_test(alarms, scenarios):
    missed, tried = [*documented(), *all_faults(alarms, scenarios)], len(DOCUMENTED)
    for name, what, properties in spoilt(alarms):
        tried += 1
        if not list(faults_of(name, properties, scenarios)):
            missed.append(f"nobody noticed that {name} is {what}")
    if not list(faults_of("Unheard", alarms["WorkNeedsAPerson"], scenarios)):
        missed.append("nobody noticed an alarm without a scenario")
    for sentence in missed:
        print(f"tests/alarms --self-test: {sentence}", file=sys.stderr)
    if not missed:
        print(f"tests/alarms --self-test: {tried + 1} cases: documented examples, and alarms spoilt one at a time, each found")
    return 1 if missed else 0


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[1:] not in ([], ["--self-test"]):
        print("usage: check.py FOLDER [--self-test]", file=sys.stderr)
        return 2
    part = Template((TOP / "infra" / "alarms.yaml").read_text(encoding="utf-8"))
    alarms = {name: body["Properties"] for name, body in part.of_type("AWS::CloudWatch::Alarm").items()}
    scenarios = list(stories(arguments[0]))
    if not scenarios:
        print(f"{arguments[0]} holds no story: tests/alarms/run has them written", file=sys.stderr)
        return 2
    return self_test(alarms, scenarios) if arguments[1:] else report(alarms, scenarios)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
