"""A queue that hears the stack's topics, as a subscriber's system would: it keeps what came, and what stood outside the messages' bodies."""
import json
import threading
import time

import account
from stack import TOPICS

# What an alert says of itself outside its body; anything else there could be a patient's.
ATTRIBUTES = {"campaign", "class", "platform", "language", "step", "digest", "drill"}
# Classes whose first step may carry an excerpt, by the sample protocol; every other message holds no word of a comment.
EXCERPTS = {"adverse_event", "special_situation", "quality_complaint"}


class Inbox:
    def __init__(self, held, name):
        self.account, self.name = held, name
        self.messages, self.lock = [], threading.Lock()
        self.ending = threading.Event()
        self.reader = None
        self.failure = None

    def subscribe(self, topics, redrive=None):
        """Makes the queue and subscribes it to topics, each with its queue for what cannot be delivered; then reads for good."""
        sqs = self.account.sqs
        self.url = sqs.create_queue(QueueName=self.name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": sorted(topics.values())}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        self.subscriptions = []
        for name, topic in topics.items():
            attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": redrive[name]})} if redrive else {}
            made = self.account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes, ReturnSubscriptionArn=True)
            self.subscriptions.append(made["SubscriptionArn"])
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        sqs = self.account.session.client("sqs", endpoint_url=self.account.endpoint)
        try:
            while not self.ending.is_set():
                found = sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
                for message in found:
                    envelope = json.loads(message["Body"])
                    with self.lock:
                        self.messages.append((time.time(), envelope))
                    sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        except Exception as error:  # said by whoever waits for messages: a thread has nobody to tell
            self.failure = error

    def envelopes(self):
        if self.failure:
            raise account.Failed(f"the queue {self.name} could not be read: {self.failure}")
        with self.lock:
            return list(self.messages)

    def told(self):
        """How often each alert was told of, by its id; a digest tells of many."""
        counts = {}
        for _, envelope in self.envelopes():
            for alert in alerts(envelope):
                counts[alert["alert_id"]] = counts.get(alert["alert_id"], 0) + 1
        return counts

    def heard(self):
        """When each alert was first heard of, in seconds since 1970."""
        times = {}
        for at, envelope in self.envelopes():
            for alert in alerts(envelope):
                times.setdefault(alert["alert_id"], at)
        return times

    def outside(self):
        """Everything of the messages that stands outside their bodies, as one text: what a log of the carrier might hold."""
        return "\n".join(json.dumps({name: value for name, value in envelope.items() if name != "Message"}) for _, envelope in self.envelopes())

    def close(self):
        """Takes the subscriptions and the queue away again."""
        self.ending.set()
        if self.reader:
            self.reader.join(10)
            for subscription in self.subscriptions:
                self.account.sns.unsubscribe(SubscriptionArn=subscription)
            self.account.sqs.delete_queue(QueueUrl=self.url)


def alerts(envelope):
    """The alerts that one message tells of."""
    body = json.loads(envelope["Message"])
    return body["alerts"] if body["schema"] == "dayzero.digest.v1" else [body]


def faults(envelopes, topics):
    """What is wrong with messages, a sentence each: the schema, the attributes, the subject, and words where none may be."""
    by_arn = {arn: name for name, arn in topics.items()}
    for envelope in envelopes:
        body = json.loads(envelope["Message"])
        topic = by_arn.get(envelope["TopicArn"])
        if topic not in TOPICS:
            yield f"a message came through {envelope['TopicArn']}, expected one of the stack's topics"
        if body["schema"] not in ("dayzero.alert.v1", "dayzero.digest.v1"):
            yield f"a message says it is {body['schema']}, expected dayzero.alert.v1 or dayzero.digest.v1"
        others = set(envelope.get("MessageAttributes", {})) - ATTRIBUTES
        if others:
            yield f"a message has the attributes {', '.join(sorted(others))}, expected none but {', '.join(sorted(ATTRIBUTES))}"
        subject = envelope.get("Subject") or ""
        if not 0 < len(subject) < 100 or not subject.isascii() or not subject.isprintable():
            yield f"a subject of {len(subject)} characters is not what SNS takes: 1 to 99 printable ASCII characters"
        excerpt = body["schema"] == "dayzero.alert.v1" and body["class"] in EXCERPTS and body["step"] == 0
        if "text" in body and not excerpt:
            yield f"a message of class {body.get('class')}, step {body.get('step')} holds a comment's text, and its route allows none"
