"""The rules over what makes the stack whole: two ticks, kept concurrency, warm tables, secrets, subscriptions, one way in, and the
sample of a configuration.
"""

import re
import tomllib

from .reading import TOPICS, listed, name_of, rule

# The condition and the parameter by which each function keeps concurrency. The first sweep keeps none: what stops one leaves the other.
KEPT = {"Receive": ("ReserveReceive", "ReceiveConcurrency"), "Alert": ("ReserveAlert", "AlertConcurrency"), "WatchAgain": ("ReserveSweep", "SweepConcurrency")}
SECRETS = [f"WebhookSecret{number}" for number in range(1, 6)]
# What may send to a queue, by the queue's policy.
SENDERS = {
    "UndeliveredComesFromTheTopics": ("sns.amazonaws.com", sorted(TOPICS)),
    "SafetyDeskQueueTakesAlerts": ("sns.amazonaws.com", ["SafetyDeskTopic"]),
    "WatchFailedTakesTicks": ("events.amazonaws.com", ["EveryMinuteAgain.Arn"]),
}
SAMPLE = "infra/samconfig.example.toml"


def chosen(condition, parameter, empty):
    """A condition that holds when a parameter is not at its empty value."""
    return condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, empty]}]}


@rule
def second_tick_is_apart(template):
    """One fault of the scheduler, or of one function, must not stop both sweeps."""
    tick = template.properties("EveryMinuteAgain")
    if template.resources.get("EveryMinuteAgain", {}).get("Type") != "AWS::Events::Rule":
        yield "EveryMinuteAgain must be a rule: a second schedule would stop with the first"
    if (tick.get("ScheduleExpression"), tick.get("State")) != ("rate(1 minute)", "ENABLED"):
        yield "the second sweep must be started at rate(1 minute), enabled"
    targets = tick.get("Targets", [])
    if [name_of(target.get("Arn")) for target in targets] != ["WatchAgain.Arn"]:
        yield "EveryMinuteAgain must start WatchAgain and nothing else"
    for target in targets:
        if name_of(target.get("DeadLetterConfig", {}).get("Arn")) != "WatchFailed.Arn" or "RetryPolicy" not in target:
            yield "EveryMinuteAgain needs a retry policy and WatchFailed for what it gives up"
    permission = template.properties("WatchAgainPermission")
    found = (name_of(permission.get("FunctionName")), permission.get("Principal"), name_of(permission.get("SourceArn")))
    if found != ("WatchAgain", "events.amazonaws.com", "EveryMinuteAgain.Arn"):
        yield "WatchAgainPermission must let EveryMinuteAgain start WatchAgain, and no other rule"


@rule
def concurrency_is_kept(template):
    for name in template.of_type("AWS::Serverless::Function"):
        found = template.properties(name).get("ReservedConcurrentExecutions")
        if name not in KEPT:
            if found is not None:
                yield f"{name} must keep no concurrency: what it keeps, the others do not have"
            continue
        condition, parameter = KEPT[name]
        if found != {"Fn::If": [condition, {"Ref": parameter}, {"Ref": "AWS::NoValue"}]}:
            yield f"{name} must keep as much concurrency as {parameter} says"
        if not chosen(template.data["Conditions"].get(condition), parameter, 0):
            yield f"{condition} must hold when {parameter} is not 0"


@rule
def tables_can_be_warmed(template):
    """An index that is colder than its table throttles the table."""
    expected = {"Fn::If": ["Warm", {"WriteUnitsPerSecond": {"Ref": "WarmWrites"}}, {"Ref": "AWS::NoValue"}]}
    places = {name: template.properties(name) for name in ["Table", "Keys"]}
    places |= {f"the index {index['IndexName']}": index for index in template.properties("Table").get("GlobalSecondaryIndexes", [])}
    for name, place in places.items():
        if place.get("WarmThroughput") != expected:
            yield f"{name} must be as warm as WarmWrites says, and cost nothing where it says 0"
    if not chosen(template.data["Conditions"].get("Warm"), "WarmWrites", 0) or template.data["Parameters"]["WarmWrites"].get("Default") != 0:
        yield "WarmWrites must be 0 by itself, which warms nothing: AWS charges for it"


@rule
def secrets_come_empty(template):
    """A value in a template is no secret, and a generated one looks like one that works."""
    made = template.of_type("AWS::SecretsManager::Secret")
    if sorted(made) != SECRETS:
        yield f"the secrets of the stack must be {', '.join(SECRETS)}"
    for name, body in made.items():
        number = name.removeprefix("WebhookSecret")
        properties = body.get("Properties", {})
        for value in ["SecretString", "GenerateSecretString"]:
            if value in properties:
                yield f"{name} must be made without a value ({value}): until somebody puts one there it lets nothing in"
        if name_of(properties.get("Name")) != f"${{SecretPrefix}}${{Secret{number}}}" or properties.get("KmsKeyId") != {"Fn::GetAtt": ["Key", "Arn"]}:
            yield f"{name} must be named by SecretPrefix and Secret{number}, which Receive may read, and be under the key"
        if (body.get("DeletionPolicy"), body.get("UpdateReplacePolicy")) != ("Retain", "Retain"):
            yield f"{name} must outlive the stack: its value is nowhere else"
        if body.get("Condition") != f"MakeSecret{number}" or not chosen(template.data["Conditions"].get(f"MakeSecret{number}"), f"Secret{number}", ""):
            yield f"{name} must be made when Secret{number} names it, and only then"


@rule
def subscriptions_hold_on(template):
    """SNS drops what it cannot deliver in silence, unless the subscription has a queue for it."""
    found = {}
    for name, body in template.of_type("AWS::SNS::Subscription").items():
        properties = body["Properties"]
        topic = name_of(properties.get("TopicArn"))
        found[name] = (topic, properties.get("Protocol"), name_of(properties.get("Endpoint")), body.get("Condition"))
        queue = name_of(properties.get("RedrivePolicy", {}).get("deadLetterTargetArn"))
        if topic in TOPICS and queue != f"{topic.removesuffix('Topic')}Undelivered.Arn":
            yield f"{name} must leave what cannot be delivered in the queue of {topic}"
        for key in ["FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"]:
            if key in properties:
                yield f"{name} must have no {key}: whoever is subscribed hears of every alert, and from which topic it came"
    expected = {f"{name}Mail": (f"{name}Topic", "email", f"{name}Email", f"Mail{name}")
                for name in [topic.removesuffix("Topic") for topic in [*TOPICS, "OperationsTopic"]]}
    expected["SafetyDeskQueueSubscription"] = ("SafetyDeskTopic", "sqs", "SafetyDeskQueue.Arn", "WithDeskSystem")
    for name in sorted(set(found) | set(expected)):
        if found.get(name) != expected.get(name):
            yield f"the subscription {name} is {found.get(name)}; it must be {expected.get(name)}"
    for name, (_, protocol, address, condition) in expected.items():
        if protocol == "email" and not chosen(template.data["Conditions"].get(condition), address, ""):
            yield f"{condition} must hold when {address} is given"
    queue = template.properties("SafetyDeskQueue")
    redrive = queue.get("RedrivePolicy", {})
    if name_of(redrive.get("deadLetterTargetArn")) != "SafetyDeskUndelivered.Arn" or not 3 <= redrive.get("maxReceiveCount", 0) <= 10:
        yield "SafetyDeskQueue must put what its reader fails at beside the undelivered alerts, after three to ten times"
    if queue.get("VisibilityTimeout", 30) < 60:
        yield "SafetyDeskQueue must give its reader a minute at least, or two work at one alert"


@rule
def senders_are_named(template):
    """Without the condition any topic or rule of AWS, of anybody's, could write to the queue."""
    policies = template.of_type("AWS::SQS::QueuePolicy")
    if sorted(policies) != sorted(SENDERS):
        yield f"the policies of queues must be {', '.join(sorted(SENDERS))}"
    for name, (service, sources) in SENDERS.items():
        for statement in template.properties(name).get("PolicyDocument", {}).get("Statement", []):
            condition = statement.get("Condition", {})
            found = sorted(name_of(source) for source in listed(condition.get("ArnEquals", {}).get("aws:SourceArn", [])))
            if (statement.get("Effect"), statement.get("Principal"), statement.get("Action")) != ("Allow", {"Service": service}, ["sqs:SendMessage"]):
                yield f"{name} must let {service} send, and do nothing else"
            if found != sources:
                yield f"{name} must take messages of {', '.join(sources)} only"
            if condition.get("StringEquals") != {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}:
                yield f"{name} must take messages of this account only"


@rule
def there_is_one_way_in(template):
    if template.properties("Api").get("DisableExecuteApiEndpoint") != {"Fn::If": ["OwnDomain", True, False]}:
        yield "the API's own address must be closed when there is a hostname of ours, and only then"
    if not chosen(template.data["Conditions"].get("OwnDomain"), "WebhookDomain", ""):
        yield "OwnDomain must hold when WebhookDomain is given"


@rule
def parameters_are_explained(template):
    """By a sentence where somebody chooses, and in the sample by a line with the value that they get by themselves."""
    parameters = template.data["Parameters"]
    for name, parameter in parameters.items():
        if len(parameter.get("Description", "")) < 20:
            yield f"{name} needs a description that says what to choose"
    text = template.source(SAMPLE)
    # A line that is switched off must still be right on the day somebody switches it on.
    lines = re.findall(r'^ *(#?) *"(\w+)=([^"]*)",', text, re.MULTILINE)
    told = {name: value for _, name, value in lines}
    for name in sorted(set(parameters) - set(told)):
        yield f"{SAMPLE} does not mention {name}"
    for name in sorted(set(told) - set(parameters)):
        yield f"{SAMPLE} sets {name}, which is no parameter"
    for off, name, value in lines:
        default = parameters.get(name, {}).get("Default")
        if off and name in parameters and str(default) != value:
            yield f"{SAMPLE} says that {name} is {value} by itself; it is {default}"
    settings = tomllib.loads(text).get("default", {}).get("deploy", {}).get("parameters", {})
    if settings.get("capabilities") != "CAPABILITY_IAM" or not settings.get("confirm_changeset"):
        yield f"{SAMPLE} must ask for CAPABILITY_IAM and nothing more, and have each change confirmed"
