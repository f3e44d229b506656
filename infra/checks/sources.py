"""The rules that hold the template against the program's own text: what it reads from its environment, and what it updates."""

import re
from functools import cache

from .reading import ROOT, rule
from .roles import TOUCHES

# Words of DynamoDB's expressions, which are no attributes.
_GRAMMAR = {"SET", "REMOVE", "ADD", "AND", "OR", "NOT", "attribute_exists", "attribute_not_exists"}
# The one place that names attributes by number: `k0` and `w0` are a record's first key and what it is sealed under.
_NUMBERED = {'format!("k{generation}")': "k*", 'format!("w{generation}")': "w*", "&key": "k*", "&under": "w*"}


@rule
def variables_are_read(template):
    """A variable that nobody reads does nothing, and one that nobody sets is a default that nobody chose."""
    code = template.source("src/config.rs").split("#[cfg(test)]")[0]
    reads = set(re.findall(r'"(DAYZERO_[A-Z_]+)"', code))
    sets = set(template.data["Globals"]["Function"].get("Environment", {}).get("Variables", {}))
    for name in sorted(reads - sets):
        yield f"src/config.rs reads {name}, which the template does not set"
    for name in sorted(sets - reads):
        yield f"the template sets {name}, which src/config.rs does not read"
    # Of the console alone. A file that holds the client's secret is for a laptop.
    code = template.source("src/config/sign_in.rs").split("#[cfg(test)]")[0]
    reads = set(re.findall(r'"(DAYZERO_[A-Z_]+)"', code)) - {"DAYZERO_SIGN_IN_CLIENT_SECRET_FILE"} - sets
    sets = set(template.properties("Review").get("Environment", {}).get("Variables", {}))
    for name in sorted(reads ^ sets):
        yield f"{name} is {'read in src/config/sign_in.rs and not set for Review' if name in reads else 'set for Review and not read'}"


@cache
def files(folder):
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*.rs"))


def constants(text):
    return dict(re.findall(r'const ([A-Z_]+): &str = "([^"]*)"', text))


def named_in(update, known):
    """The attributes that one update of the program names, and what of it could not be understood."""
    found = {known[name] for name in re.findall(r"\.key\((?:keys::)?(\w+),", update) if name in known}
    for expression in re.findall(r'(?:update|condition)_expression\(\s*"([^"]*)"', update):
        found |= set(re.findall(r"(?<![#:\w])[A-Za-z_]\w*", expression)) - _GRAMMAR
    for value in re.findall(r'expression_attribute_names\("#\w+", ([^;]*?)\)(?=[;.\n])', update):
        name = value.strip().removeprefix("keys::")
        if name.startswith('"'):
            found.add(name.strip('"'))
        elif name in known or name in _NUMBERED:
            found.add(known.get(name) or _NUMBERED[name])
        else:
            yield None, f"names an attribute as {value}, which this rule cannot read"
    yield from ((name, None) for name in sorted(found))


def updates_in(template, folder):
    """Every attribute that the files of a folder name in an update."""
    shared = constants(template.source("src/store/keys.rs"))
    for place in files(folder):
        text = template.source(place)
        known = shared | constants(text)
        for update in text.split(".update_item()")[1:]:
            for name, problem in named_in(update.split("\n    }\n")[0], known):
                yield place, name, problem


@rule
def updates_are_the_programs(template):
    """What the roles may name in an update is what the program names: one more and a role may too much, one fewer and work fails."""
    for folder, table in [("src/store", "Table.Arn "), ("src/vault", "Keys.Arn ")]:
        allowed = {name for role in TOUCHES.values() for key, sets in role.items() if key.startswith(table) for one in sets for name in one}
        allowed -= {"k0", "w0"}     # among k* and w*
        found = set()
        for place, name, problem in updates_in(template, folder):
            if problem:
                yield f"{place} {problem}"
            else:
                found.add(name)
        for name in sorted(found - allowed):
            yield f"{folder} updates {name}, which no role of the template may"
        for name in sorted(allowed - found):
            yield f"roles may update {name} of {table.split('.')[0]}, which {folder} does not"
    for place in files("src"):
        if not place.startswith(("src/store/", "src/vault/")) and ".update_item()" in template.source(place):
            yield f"{place} updates items; only src/store and src/vault do"
