"""Patients' words, and where they must not be: unique words in every comment of ours, the sentences of the samples, and a search of all that a
deployment leaves outside the store, and of the store's own items, where they have to be ciphertext.
"""
import json
import re
import secrets

import account
import platforms

# Consecutive words of a sample that nobody but its author would write.
SENTENCE_WORDS = 4
SENTENCE_LENGTH = 20


def canary():
    """A word that stands nowhere else."""
    return f"kanarie{secrets.token_hex(6)}"


def sentences():
    """What people say in the samples: every text of several words, and as JSON may write it."""
    found = set()
    for sample in platforms.samples():
        try:
            body = json.loads(sample.body)
        except (ValueError, RecursionError):
            continue
        for text in texts(body):
            for line in text.splitlines():
                line = line.strip()
                if len(line.split()) >= SENTENCE_WORDS and len(line) >= SENTENCE_LENGTH and not re.match(r"https?://\S+$", line):
                    # Half a character, which only JSON can write.
                    whole = line.encode("utf-8", "ignore").decode() == line
                    found |= {line, json.dumps(line)[1:-1]} if whole else {json.dumps(line)[1:-1]}
    return found


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


class Words:
    """All words to look for."""

    def __init__(self, canaries):
        self.known = sorted({*canaries, *sentences()}, key=len, reverse=True)
        # One pass over a text however many there are.
        self.pattern = re.compile("|".join(re.escape(word) for word in self.known).encode())

    def hits(self, data):
        """How often any of them stands in these bytes."""
        return len(self.pattern.findall(data if isinstance(data, bytes) else data.encode()))


def logs(held, prefixes):
    """Every line of every log group whose name begins so: pairs of the group and the line."""
    for prefix in prefixes:
        for page in held.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
            for group in page["logGroups"]:
                pages = held.logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
                for found in pages:
                    for event in found["events"]:
                        yield group["logGroupName"], event["message"]


def metrics(lines):
    """The sum of every metric that log lines carry in the embedded format."""
    sums = {}
    for _, line in lines:
        if not line.startswith("{") or '"_aws"' not in line:
            continue
        values = json.loads(line)
        for directive in values["_aws"]["CloudWatchMetrics"]:
            for metric in directive["Metrics"]:
                sums[metric["Name"]] = sums.get(metric["Name"], 0) + values[metric["Name"]]
    return sums


def letters(held, queues):
    """What waits in queues of undelivered messages, and how much of it: their bodies. They stay where they are."""
    bodies = []
    for queue in queues:
        found = held.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0, AttributeNames=["All"])
        bodies += [json.dumps(message) for message in found.get("Messages", [])]
    return bodies


def plain(items, words):
    """What lies in the table unsealed, a sentence each. `items` are DynamoDB's own form, bytes included."""
    for item in items:
        where = f"{item['pk']['S']}/{item['sk']['S']}"
        if item["sk"]["S"] == "raw" and "body" in item and "body_key" not in item:
            yield f"the delivery {where} names no key: its bytes are not sealed"
        if words.hits(b"\n".join(flat(item))):
            yield f"the item {where} holds words that can be read"


def flat(value):
    """Every text and every run of bytes in an item."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, str):
        yield value.encode()
    elif isinstance(value, dict):
        for inner in value.values():
            yield from flat(inner)
    elif isinstance(value, (list, tuple, set)):
        for inner in value:
            yield from flat(inner)


def demand_none(what, found):
    """Fails with the first few findings."""
    found = list(found)
    if found:
        more = f", and {len(found) - 3} more" if len(found) > 3 else ""
        raise account.Failed(f"{what}: {'; '.join(found[:3])}{more}")
