"""What AWS itself reports while something is wrong: the metrics that no code of ours prints, each with the data points of a healthy minute and
of a minute of the fault, as the service's documentation describes the metric. `None` is no data point.
"""

from cloudwatch import Series

BEFORE, DURING, AFTER = 12, 10, 12

# A table that throttles nothing reports nothing at all; so does a queue that was not used for hours, as any other series before its first value.
POINTS = {
    # docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    ("AWS/Lambda", "Errors"): (lambda minute: 0, lambda minute: 1),
    ("AWS/Lambda", "Throttles"): (lambda minute: 0, lambda minute: 5),
    ("AWS/Lambda", "Invocations"): (lambda minute: 1, lambda minute: None),
    # Milliseconds; a shard that is blocked grows older by a minute each minute, and had 290 seconds before it was called blocked.
    ("AWS/Lambda", "IteratorAge"): (lambda minute: 300, lambda minute: 290_000 + 60_000 * (minute + 1)),
    # docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    ("AWS/ApiGateway", "5xx"): (lambda minute: 0, lambda minute: 3),
    # docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): (lambda minute: 0, lambda minute: 1),
    # docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    ("AWS/DynamoDB", "ReadThrottleEvents"): (lambda minute: None, lambda minute: 4),
    ("AWS/DynamoDB", "WriteThrottleEvents"): (lambda minute: None, lambda minute: 4),
    # A loop of forty writes a second beside ten comments a minute.
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): (lambda minute: 120, lambda minute: 2_400),
}
# Beside these, what the program prints all the while.
BESIDE = {"WritesOutrunComments": [("Dayzero", "CommentSighted", {"Stage": "assess"}, 10)]}


def scenarios(alarm):
    """For each metric of AWS's that an alarm looks at: its name, and a series in which this one alone goes wrong for a while."""
    of_aws = [key for key in alarm.keys() if key[0] != "Dayzero"]
    for wrong in of_aws:
        series = Series()
        for namespace, metric, dimensions in of_aws:
            healthy, faulty = POINTS[namespace, metric]
            for minute in range(BEFORE + DURING + AFTER):
                during = BEFORE <= minute < BEFORE + DURING and (namespace, metric, dimensions) == wrong
                value = faulty(minute - BEFORE) if during else healthy(minute)
                if value is not None:
                    series.add(namespace, metric, dimensions, minute, value)
        for namespace, metric, dimensions, value in BESIDE.get(alarm.name, []):
            for minute in range(BEFORE + DURING + AFTER):
                series.add(namespace, metric, dimensions, minute, value)
        name = " ".join([wrong[1], "of", *wrong[2].values()])
        yield name, series, BEFORE, BEFORE + DURING, BEFORE + DURING + AFTER
