"""What CloudWatch makes of an alarm and of data points, as its documentation says: periods, statistics, the expressions that our alarms use,
"M out of N" and missing data. Minutes are whole numbers; a data point of minute 7 was printed between 7:00 and 8:00.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

Where the documentation leaves something open, the slower reading is taken: a minute counts once it is over and DELAY later, and a series that has
no data at all stays empty under FILL.
"""

import ast
import operator

# Minutes from the end of a minute until CloudWatch can evaluate what was printed in it.
DELAY = 1
# CloudWatch retrieves more periods than an alarm evaluates, and takes the newest real data among them; its examples show two more.
MORE = 2

STATISTICS = {"Sum": sum, "Maximum": max, "Minimum": min}
COMPARISONS = {"GreaterThanThreshold": operator.gt, "LessThanThreshold": operator.lt}
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Gt: operator.gt, ast.Lt: operator.lt}

OK, ALARM = "OK", "ALARM"


class Series:
    """The data points of every metric: (namespace, metric, dimensions as sorted pairs) to minute to values."""

    def __init__(self):
        self.points = {}

    def add(self, namespace, metric, dimensions, minute, value):
        key = (namespace, metric, tuple(sorted(dimensions.items())))
        self.points.setdefault(key, {}).setdefault(minute, []).append(value)

    def window(self, namespace, metric, dimensions, start, end, statistic):
        """The statistic over the minutes from `start` up to `end`; `None` without data."""
        key = (namespace, metric, tuple(sorted(dimensions.items())))
        minutes = self.points.get(key, {})
        values = [value for minute in range(start, end) for value in minutes.get(minute, [])]
        return STATISTICS[statistic](values) if values else None


def dimensions_of(metric):
    return {d["Name"]: d["Value"]["Ref"] if isinstance(d["Value"], dict) else d["Value"] for d in metric.get("Dimensions", [])}


class Alarm:
    def __init__(self, name, properties):
        self.name = name
        self.properties = properties
        self.evaluated = properties["EvaluationPeriods"]
        self.needed = properties["DatapointsToAlarm"]
        self.silence = properties["TreatMissingData"]
        self.compare = COMPARISONS[properties["ComparisonOperator"]]
        self.threshold = properties["Threshold"]
        if "MetricName" in properties:
            self.expression = None
            self.metrics = {"m": (properties, properties["Statistic"], properties["Period"])}
        else:
            (returned,) = [entry for entry in properties["Metrics"] if entry["ReturnData"]]
            self.expression = ast.parse(returned["Expression"], mode="eval").body
            stats = {entry["Id"]: entry["MetricStat"] for entry in properties["Metrics"] if "MetricStat" in entry}
            self.metrics = {name: (stat["Metric"], stat["Stat"], stat["Period"]) for name, stat in stats.items()}
        (period,) = {seconds for _, _, seconds in self.metrics.values()}
        self.period = period // 60

    def keys(self):
        """What the alarm looks at: namespace, metric, dimensions."""
        return [(metric["Namespace"], metric["MetricName"], dimensions_of(metric)) for metric, _, _ in self.metrics.values()]

    def data(self, series, now):
        """The newest periods that can be seen at `now`, the oldest first; a period without data is `None`."""
        end = now - DELAY
        spans = [(end - (back + 1) * self.period, end - back * self.period) for back in range(self.evaluated + MORE)][::-1]
        columns = {
            name: [series.window(metric["Namespace"], metric["MetricName"], dimensions_of(metric), start, stop, statistic) for start, stop in spans]
            for name, (metric, statistic, _) in self.metrics.items()
        }
        return columns["m"] if self.expression is None else evaluate(self.expression, columns)

    def state(self, series, now, before):
        """The state at `now`; `before` is the one that it had."""
        data = self.data(series, now)
        real = [value for value in data if value is not None][-self.evaluated:]
        breaching = sum(self.compare(value, self.threshold) for value in real)
        missing = self.evaluated - len(real)
        if self.silence == "breaching":
            breaching += missing
        elif self.silence == "ignore" and missing and breaching < self.needed and breaching == len(real):
            # Nothing real speaks against the state that it has.
            return before
        elif self.silence not in ("ignore", "notBreaching"):
            raise ValueError(f"{self.name} treats missing data as {self.silence}, which is not modelled")
        return ALARM if breaching >= self.needed else OK


def evaluate(node, columns):
    """An expression over columns of values, one a period."""
    length = len(next(iter(columns.values())))
    if isinstance(node, ast.Constant):
        return [node.value] * length
    if isinstance(node, ast.Name):
        return columns[node.id]
    if isinstance(node, ast.Call):
        return _call(node.func.id, node.args, columns, length)
    if isinstance(node, ast.BinOp):
        return _each(ARITHMETIC[type(node.op)], evaluate(node.left, columns), evaluate(node.right, columns))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _each(ARITHMETIC[type(node.ops[0])], evaluate(node.left, columns), evaluate(node.comparators[0], columns))
    raise ValueError(f"{ast.unparse(node)} is not modelled")


def _each(operation, left, right):
    return [None if a is None or b is None else operation(a, b) for a, b in zip(left, right, strict=True)]


def _call(name, arguments, columns, length):
    if name == "IF":
        condition, then, other = (evaluate(argument, columns) for argument in arguments)
        return [None if c is None else (a if c else b) for c, a, b in zip(condition, then, other, strict=True)]
    if name == "FILL" and ast.unparse(arguments[0]) != "METRICS()":
        return _filled(evaluate(arguments[0], columns), arguments[1].value)
    if name in ("SUM", "MAX") and len(arguments) == 1:
        inner = arguments[0]
        fill = isinstance(inner, ast.Call) and inner.func.id == "FILL"
        if ast.unparse(inner.args[0] if fill else inner) != "METRICS()":
            raise ValueError(f"{name} of {ast.unparse(inner)} is not modelled")
        rows = [_filled(column, inner.args[1].value) if fill else column for column in columns.values()]
        found = [[row[at] for row in rows if row[at] is not None] for at in range(length)]
        return [(sum if name == "SUM" else max)(values) if values else None for values in found]
    raise ValueError(f"{name} is not modelled")


def _filled(column, value):
    if all(known is None for known in column):
        return column
    return [value if known is None else known for known in column]
