"""Small changes of a template, from which the planted faults are put together: each gives back a function that changes its data."""


def put(*path_and_value):
    """A change that puts a value at a path below Resources."""
    *path, value = path_and_value

    def change(data):
        place = data["Resources"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return change


def add(*path_and_value):
    """A change that appends a value to the list at a path below Resources."""
    *path, value = path_and_value

    def change(data):
        place = data["Resources"]
        for step in path:
            place = place[step]
        place.append(value)
    return change


def drop(*path):
    """A change that removes what stands at a path below Resources."""
    def change(data):
        place = data["Resources"]
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
    return change


def everywhere(section, *path_and_value):
    """The same outside Resources."""
    *path, value = path_and_value

    def change(data):
        place = data[section]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return change


def stream(function, event, key, value):
    return put(function, "Properties", "Events", event, "Properties", key, value)


def inline(role):
    return (role, "Properties", "Policies", 0, "PolicyDocument", "Statement")


def managed(policy):
    return (policy, "Properties", "PolicyDocument", "Statement")


def allow(action, resource):
    return {"Effect": "Allow", "Action": [action], "Resource": resource}


TABLE, KEYS = {"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::GetAtt": ["Keys", "Arn"]}


def items(action, leading):
    """A statement over the items of the table whose key begins so."""
    return allow(action, TABLE) | {"Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [leading]}}}


def keys(action, leading):
    """The same over the table of keys."""
    return items(action, leading) | {"Resource": KEYS}


def inner(data, *path):
    """What stands at a path below Resources."""
    place = data["Resources"]
    for step in path:
        place = place[step]
    return place


def leading(policy, number):
    return (*managed(policy), number, "Condition", "ForAllValues:StringLike", "dynamodb:LeadingKeys")


def forbid(role, action, leading):
    """A change that takes a leading key out of a role's own statements over the table with this action."""
    def change(data):
        for statement in inner(data, *inline(role)):
            known = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
            if f"dynamodb:{action}" in statement["Action"] and statement["Resource"] == TABLE and leading in known:
                known.remove(leading)
    return change
