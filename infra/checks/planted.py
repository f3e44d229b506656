"""Planted faults for the rules over the whole stack (`whole.py`), the program's own text (`sources.py`) and updates (`roles.py`). The
first three columns are as in `faults.py`; a fault in a file is its path, what stands there, and what is put in its place.
"""

from .changes import KEYS, add, allow, drop, everywhere, inline, inner, managed, put

UPDATES = {"Condition": {"StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"}}}


def touching(policy, number, attributes):
    """A change of the attributes that an update of a shared policy may name."""
    return put(*managed(policy), number, "Condition", "ForAllValues:StringLike", "dynamodb:Attributes", attributes)


def told_back(*place):
    return drop(*place, "Condition", "StringEqualsIfExists")


def sender(policy):
    return (policy, "Properties", "PolicyDocument", "Statement", 0, "Condition")


def set_condition(name, value):
    return everywhere("Conditions", name, value)


FAULTS = [
    ("second_tick_is_apart", "no second tick", drop("EveryMinuteAgain")),
    ("second_tick_is_apart", "a second tick on the path of the first", put("EveryMinuteAgain", "Type", "AWS::Scheduler::Schedule")),
    ("second_tick_is_apart", "a second tick every hour", put("EveryMinuteAgain", "Properties", "ScheduleExpression", "rate(1 hour)")),
    ("second_tick_is_apart", "a second tick that is off", put("EveryMinuteAgain", "Properties", "State", "DISABLED")),
    ("second_tick_is_apart", "both ticks start one function", put("EveryMinuteAgain", "Properties", "Targets", 0, "Arn", {"Fn::GetAtt": ["Watch", "Arn"]})),
    ("second_tick_is_apart", "a second tick that fails unseen", drop("EveryMinuteAgain", "Properties", "Targets", 0, "DeadLetterConfig")),
    ("second_tick_is_apart", "a second tick that may not start", drop("WatchAgainPermission")),
    ("second_tick_is_apart", "any rule may start it", drop("WatchAgainPermission", "Properties", "SourceArn")),
    ("schedule_ticks", "failed second ticks unseen", drop("WatchAgain", "Properties", "EventInvokeConfig")),
    ("functions_are_alike", "a second sweep with another part", put("WatchAgain", "Properties", "Handler", "watchagain")),
    ("functions_are_alike", "a second sweep that runs into the next", put("WatchAgain", "Properties", "Timeout", 60)),
    ("functions_are_alike", "an architecture that Lambda has not", everywhere("Parameters", "Architecture", "AllowedValues", ["arm64", "riscv"])),
    ("functions_are_alike", "one architecture whatever was built", everywhere("Globals", "Function", "Architectures", ["arm64"])),

    ("concurrency_is_kept", "alerts that a flood starves", drop("Alert", "Properties", "ReservedConcurrentExecutions")),
    ("concurrency_is_kept", "alerts kept by the door's number", put("Alert", "Properties", "ReservedConcurrentExecutions", "Fn::If", 1, {"Ref": "ReceiveConcurrency"})),
    ("concurrency_is_kept", "both sweeps within a number", put("Watch", "Properties", "ReservedConcurrentExecutions", 2)),
    ("concurrency_is_kept", "a function held at nothing", set_condition("ReserveSweep", {"Fn::Equals": [{"Ref": "SweepConcurrency"}, 0]})),

    ("tables_can_be_warmed", "a cold index", drop("Table", "Properties", "GlobalSecondaryIndexes", 0, "WarmThroughput")),
    ("tables_can_be_warmed", "a cold table", drop("Table", "Properties", "WarmThroughput")),
    ("tables_can_be_warmed", "cold keys", drop("Keys", "Properties", "WarmThroughput")),
    ("tables_can_be_warmed", "warmth that nobody asked for", everywhere("Parameters", "WarmWrites", "Default", 12000)),
    ("tables_can_be_warmed", "warmth that is always paid", put("Table", "Properties", "WarmThroughput", {"WriteUnitsPerSecond": 12000})),

    ("secrets_come_empty", "a secret with a value", put("WebhookSecret1", "Properties", "SecretString", "{}")),
    ("secrets_come_empty", "a secret that looks like one", put("WebhookSecret2", "Properties", "GenerateSecretString", {})),
    ("secrets_come_empty", "a secret under another name", put("WebhookSecret1", "Properties", "Name", {"Ref": "Secret1"})),
    ("secrets_come_empty", "a secret under AWS's key", drop("WebhookSecret3", "Properties", "KmsKeyId")),
    ("secrets_come_empty", "a secret that goes with the stack", put("WebhookSecret1", "DeletionPolicy", "Delete")),
    ("secrets_come_empty", "a secret without a name", drop("WebhookSecret4", "Condition")),
    ("secrets_come_empty", "one secret more", put("AdminSecret", {"Type": "AWS::SecretsManager::Secret", "Properties": {}})),

    ("subscriptions_hold_on", "mail that is lost in silence", drop("QppvMail", "Properties", "RedrivePolicy")),
    ("subscriptions_hold_on", "mail that is lost in another's queue", put("QppvMail", "Properties", "RedrivePolicy", {"deadLetterTargetArn": {"Fn::GetAtt": ["DutyOfCareUndelivered", "Arn"]}})),
    ("subscriptions_hold_on", "alerts that a filter keeps back", put("SafetyDeskMail", "Properties", "FilterPolicy", {"band": ["serious"]})),
    ("subscriptions_hold_on", "a filter value that is no list", put("SafetyDeskMail", "Properties", "FilterPolicy", {"band": "serious"})),
    ("subscriptions_hold_on", "a queue that does not say from where", put("SafetyDeskQueueSubscription", "Properties", "RawMessageDelivery", True)),
    ("subscriptions_hold_on", "two addresses swapped", put("QppvMail", "Properties", "Endpoint", {"Ref": "DutyOfCareEmail"})),
    ("subscriptions_hold_on", "mail to nobody", drop("SafetyOnCallMail", "Condition")),
    ("subscriptions_hold_on", "nobody told of alarms", drop("OperationsMail")),
    ("subscriptions_hold_on", "a condition the wrong way round", set_condition("MailQppv", {"Fn::Equals": [{"Ref": "QppvEmail"}, ""]})),
    ("subscriptions_hold_on", "a queue nobody is subscribed with", drop("SafetyDeskQueueSubscription")),
    ("subscriptions_hold_on", "an alert tried for ever", drop("SafetyDeskQueue", "Properties", "RedrivePolicy")),
    ("subscriptions_hold_on", "one alert for two", put("SafetyDeskQueue", "Properties", "VisibilityTimeout", 1)),
    ("queues_hold_on", "the desk's alerts in the clear", put("SafetyDeskQueue", "Properties", {"MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": True})),
    ("queues_hold_on", "the desk's alerts for a day", put("SafetyDeskQueue", "Properties", "MessageRetentionPeriod", 86400)),

    ("senders_are_named", "any rule writes to the dead letters", drop(*sender("WatchFailedTakesTicks"), "ArnEquals")),
    ("senders_are_named", "any topic writes to the desk", drop(*sender("SafetyDeskQueueTakesAlerts"), "ArnEquals")),
    ("senders_are_named", "another topic writes to the desk", put(*sender("SafetyDeskQueueTakesAlerts"), "ArnEquals", "aws:SourceArn", {"Ref": "QppvTopic"})),
    ("senders_are_named", "any account's topics", drop(*sender("UndeliveredComesFromTheTopics"), "StringEquals")),
    ("senders_are_named", "everybody sends", put("SafetyDeskQueueTakesAlerts", "Properties", "PolicyDocument", "Statement", 0, "Principal", "*")),
    ("senders_are_named", "a rule that may not send", drop("WatchFailedTakesTicks")),

    ("there_is_one_way_in", "two ways in", drop("Api", "Properties", "DisableExecuteApiEndpoint")),
    ("there_is_one_way_in", "no way in", put("Api", "Properties", "DisableExecuteApiEndpoint", True)),
    ("parameters_are_explained", "a parameter without a word", everywhere("Parameters", "DeskSystem", "Description", "")),
    ("parameters_are_explained", "a parameter that the sample leaves out", everywhere("Parameters", "Colour", {"Type": "String", "Description": "The colour of the review pages."})),
    ("parameters_are_explained", "a default that the sample does not know", everywhere("Parameters", "AlertConcurrency", "Default", 50)),

    ("updates_touch_what_they_must", "an event rewritten", touching("AlertItems", 1, ["pk", "sk", "until", "token", "work", "wake", "words", "entry"])),
    ("updates_touch_what_they_must", "every attribute", drop(*managed("AlertItems"), 1, "Condition", "ForAllValues:StringLike", "dynamodb:Attributes")),
    ("updates_touch_what_they_must", "words that nobody can erase", touching("AlertItems", 1, ["pk", "sk", "until", "token", "work", "wake"])),
    ("updates_touch_what_they_must", "a key that can be read by making it", told_back(*inline("ReceiveRole"), 3)),
    ("updates_touch_what_they_must", "a comment told back", told_back(*managed("AlertItems"), 1)),
    ("updates_touch_what_they_must", "reads among the updates", put(*managed("UseKeysOfComments"), 1, "Action", ["dynamodb:UpdateItem", "dynamodb:GetItem"])),
    ("updates_touch_what_they_must", "a delivery's name changed", touching("AssessItems", 1, ["*"])),
    ("updates_touch_what_they_must", "the sweep rewrites protocols", add(*inline("WatchRole"), allow("dynamodb:UpdateItem", KEYS) | UPDATES)),
    ("the_door_reads_nothing_back", "a delivery read by writing over it", told_back(*inline("ReceiveRole"), 0)),
    ("policies_are_narrow", "the key for any secret", drop(*inline("ReceiveRole"), 4, "Condition", "StringLike")),
    ("roles_do_only_their_work", "the key for no secret", lambda data: inner(data, *inline("ReceiveRole")).pop(4)),
]

# rule, what was done, the file, what stands there, what is put in its place
FILE_FAULTS = [
    ("variables_are_read", "a variable that the template does not know", "src/config.rs", '"DAYZERO_CONSOLE_URL"', '"DAYZERO_REVIEW_URL"'),
    ("updates_are_the_programs", "an update of one attribute more", "src/store/claims.rs", "SET #until = :free", "SET #until = :free, holder = :free"),
    ("updates_are_the_programs", "an update that is no longer made", "src/vault/items.rs", ", erased_at = :at", ""),
    ("updates_are_the_programs", "an attribute under a name that cannot be read", "src/store/topics.rs", '"#wake", keys::WAKE);\n        update.send', '"#wake", wake_name());\n        update.send'),
    ("updates_are_the_programs", "a key's new attribute", "src/vault/items.rs", "erased_at = :at", "erased_at = :at, erased_by = :at"),
    ("updates_are_the_programs", "an update in another place", "src/watch/mod.rs", "stage.store.head(", "stage.store.client.update_item().head("),
    ("parameters_are_explained", "a sample of a parameter that is gone", "infra/samconfig.example.toml", '# "DeskSystem=no"', '# "DeskQueue=no"'),
    ("parameters_are_explained", "a sample that gives more rights", "infra/samconfig.example.toml", '"CAPABILITY_IAM"', '"CAPABILITY_NAMED_IAM"'),
]
