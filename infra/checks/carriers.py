"""The rules over topics and queues: what people are told, and what happens to what could not be told."""

from .reading import FUNCTIONS, TOPICS, name_of, rule


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
