"""What is demanded of any deployed stack, emulated or real: each function is a step that returns what it counted, in a sentence, or fails with one.
`deployed.py` and `smoke.py` put them in order; they hold a `Run` in common.
"""
import base64
import collections
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor

import account
import inbox
import platforms
import secrecy

# Posting at once: platforms have more than one connection, and an emulator few processors.
POSTERS = 6
# Answers after which platforms come again, and for how many seconds this one does; they go on for hours.
COME_AGAIN = (429, 502, 503, 504)
GIVE_UP = 60
# Seconds within which an alert has to be heard when the stream works; far more than it takes, because a machine may be busy.
STREAM_LIMIT = 60
# Seconds within which everything owed has to be done: two ticks of the schedule, and a message a second for what waits its turn.
SETTLE_LIMIT = 240
REPORT = "Sinds ik Norvexa slik heb ik hartkloppingen"


class Run:
    """What the steps of one run share."""

    def __init__(self, stack, log_prefixes):
        self.stack, self.account = stack, stack.account
        self.inbox = None
        self.log_prefixes = log_prefixes
        self.canaries = [secrecy.canary()]
        self.kept = collections.Counter()
        self.identities = set()
        self.own, self.come_again = 0, 0

    def comment(self, words=REPORT):
        """A comment of ours on the forum, with a word in its text and its author's name that stands nowhere else."""
        self.own += 1
        word = self.canaries[0]
        body = platforms.forum(f"own-{word[-6:]}-{self.own}", f"{words} {word}", author=(f"u-{self.own}", f"Merel {word}"))
        return platforms.Sample(f"a comment of ours, number {self.own}", "forum", {"content-type": "application/json"}, body)

    def deliver(self, sample):
        """Posts one body as a platform does: again when it was asked to come again, as a busy machine's function asks."""
        begun = time.monotonic()
        while True:
            status, body = self.stack.post(sample)
            if status not in COME_AGAIN or time.monotonic() - begun > GIVE_UP:
                return status, body
            self.come_again += 1
            time.sleep(1)

    def post(self, samples):
        """Posts bodies that must be taken, and notes them; every answer that is no 200 is a fault."""
        with ThreadPoolExecutor(POSTERS) as pool:
            answers = list(pool.map(self.deliver, samples))
        refused = [f"{sample.name} was answered {status}" for sample, (status, _) in zip(samples, answers, strict=True) if status != 200]
        secrecy.demand_none("a signed delivery was not answered 200", refused)
        for sample in samples:
            if sample.identity not in self.identities:
                self.identities.add(sample.identity)
                self.kept[sample.door] += 1

    def rows(self):
        """How many deliveries the table holds, by door."""
        question = {"FilterExpression": "sk = :raw", "ExpressionAttributeValues": {":raw": {"S": "raw"}}, "ProjectionExpression": "pk"}
        return collections.Counter(item["pk"]["S"].split("#")[1] for item in self.stack.items(**question))

    def settle(self, limit=SETTLE_LIMIT):
        """Waits until nothing is owed; seconds."""
        return account.wait("nothing owed any more", lambda: (lambda open: (not open, f"{len(open)} open"))(self.stack.open_work()), limit)

    def logs(self):
        return list(secrecy.logs(self.account, self.log_prefixes))

    def lines_of(self, role, text):
        """How many lines hold a text, in the logs of the functions that play a role."""
        return sum(text in line for group, line in self.logs() if group.rsplit("/", 1)[-1].startswith(role))


def through_the_stream(run):
    """One comment, from the door to the queue, by the functions that the stream wakes and no other."""
    sample = run.comment()
    begun = time.time()
    run.post([sample])
    known = set()
    account.wait("an alert heard", lambda: (bool(set(run.inbox.told()) - known), "none"), STREAM_LIMIT)
    took = time.time() - begun
    alert = next(found for _, envelope in run.inbox.envelopes() for found in inbox.alerts(envelope))
    key = alert["comment_key"]
    # Logs come a moment later than what they tell of.
    said = lambda: (run.lines_of("assess", "CommentSighted") and run.lines_of("alert", key), "no line")
    account.wait(f"lines about {key} in the logs of assess and alert", said, STREAM_LIMIT)
    if run.lines_of("watch", key):
        raise account.Failed(f"the sweep was faster than the stream: watch worked on {key}")
    return f"1 comment: stored, assessed and alerted through the stream, heard {took:.1f} s after it was posted"


def every_sample(run, broken=True):
    samples = platforms.samples(broken)
    run.post(samples)
    stored = run.rows()
    if stored != run.kept:
        wrong = [f"{door} has {stored[door]}, expected {run.kept[door]}" for door in {*stored, *run.kept} if stored[door] != run.kept[door]]
        raise account.Failed(f"deliveries stored: {'; '.join(sorted(wrong))}")
    lost = [sample.name for sample in samples if not sample.signed_inside and run.stack.delivery(platforms.partition(sample)) is None]
    secrecy.demand_none("a delivery is not kept byte for byte", lost)
    doors = ", ".join(f"{door} {run.kept[door]}" for door in platforms.DOORS)
    return f"{len(samples)} bodies of {len(platforms.META) + len(platforms.OTHERS) - 1} platforms, each 200, {run.come_again} after coming again; rows by door: {doors}"


def forged(run):
    """A signature that nobody made, one missing, and one for another body, at each door."""
    before, tried = run.rows(), 0
    by_door = {sample.door: sample for sample in platforms.samples(False) if not sample.signed_inside}
    for door, sample in by_door.items():
        other = platforms.Sample(sample.name, door, sample.headers, sample.body + b" ")
        signed = platforms.sign(door, run.stack.secrets[door]["secrets"][0], sample.body)
        url = run.stack.outputs["WebhookBaseUrl"] + door
        attempts = {
            "a signature of nobody's": run.stack.post(sample, forged=True)[0],
            "no signature": run.account.ask("POST", url, sample.body, sample.headers)[0],
        }
        # Telegram sends a token in place of a signature: it fits every body.
        if door != "telegram":
            attempts["the signature of another body"] = run.account.ask("POST", url, other.body, {**sample.headers, **signed})[0]
        tried += len(attempts)
        taken = [f"{door} answered {status} to {what}" for what, status in attempts.items() if status != 401]
        secrecy.demand_none("a forged delivery was not refused with 401", taken)
    if run.rows() != before:
        raise account.Failed("a forged delivery was stored")
    return f"{tried} deliveries at {len(by_door)} doors, each 401, and none stored"


def handshakes(run):
    """The questions with which platforms ask whether the address is ours."""
    secrets, base = run.stack.secrets, run.stack.outputs["WebhookBaseUrl"]
    mac = lambda door, text: hmac.new(secrets[door]["secrets"][0].encode(), text.encode(), hashlib.sha256).digest()
    code = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
    rows = [
        ("meta", f"hub.mode=subscribe&hub.verify_token={secrets['meta']['verify_token']}&hub.challenge=1158201444", 200, "1158201444"),
        ("meta", "hub.mode=subscribe&hub.verify_token=another&hub.challenge=1158201444", 401, ""),
        ("x", "crc_token=Y2hhbGxlbmdl", 200, f"sha256={base64.b64encode(mac('x', 'Y2hhbGxlbmdl')).decode()}"),
        ("linkedin", f"challengeCode={code}", 200, mac("linkedin", code).hex()),
    ]
    for door, query, expected, told in rows:
        status, _, body = run.account.ask("GET", f"{base}{door}?{query}")
        if status != expected or told not in body.decode():
            raise account.Failed(f"the handshake of {door} was answered {status}, expected {expected} with its answer")
    status, _, _ = run.account.ask("POST", f"{base}nowhere", b"{}", {"content-type": "application/json"})
    if status != 404:
        raise account.Failed(f"a door that no protocol has answered {status}, expected 404")
    return f"{len(rows)} at meta, x and linkedin; a door that does not exist is 404"


def repeated(run, samples=None):
    """The same bodies again: taken, recognised, and kept once."""
    samples = samples or list({sample.door: sample for sample in platforms.samples(False)}.values())
    before = run.rows()
    run.post(samples)
    if run.rows() != before:
        raise account.Failed("a delivery that came again was kept a second time")
    again = lambda: (lambda count: (count >= len(samples), f"{count} counted"))(secrecy.metrics(run.logs()).get("DeliveryAgain", 0))
    account.wait(f"{len(samples)} repeats counted as DeliveryAgain", again, STREAM_LIMIT)
    return f"{len(samples)} deliveries again, each 200 and counted as known, no row more"


def worked_off(run):
    """Everything owed is done, and what was kept is worked off."""
    took = run.settle()
    question = {"FilterExpression": "sk = :raw", "ExpressionAttributeValues": {":raw": {"S": "raw"}}}
    left = [item["pk"]["S"] for item in run.stack.items(**question) if item["state"]["S"] == '"kept"']
    secrecy.demand_none("a delivery was not worked off", left)
    return took


def alerted(run):
    """Every alert that a reading made due was heard, and nothing else."""
    took = worked_off(run)
    due, bands, comments = {}, collections.Counter(), set()
    for key, what in run.stack.entries():
        comments.add(key)
        if what["kind"] == "assessed":
            bands[what["assessment"]["band"]] += 1
            due.update({alert["alert"]: (key, alert["class"]) for alert in what["alerts"]})
    heard = lambda: (lambda missing: (not missing, f"{len(missing)} not heard"))(set(due) - set(run.inbox.told()))
    account.wait("every alert heard", heard, STREAM_LIMIT)
    told = run.inbox.told()
    invented = set(told) - set(due)
    if invented:
        raise account.Failed(f"{len(invented)} alerts were heard that no reading made due: {sorted(invented)[0]}")
    envelopes = [envelope for _, envelope in run.inbox.envelopes()]
    secrecy.demand_none("a message is not as it must be", inbox.faults(envelopes, run.stack.topics()))
    question = {"FilterExpression": "sk = :head", "ExpressionAttributeValues": {":head": {"S": "head"}}, "ProjectionExpression": "pk"}
    heads = {item["pk"]["S"].removeprefix("comment#") for item in run.stack.items(**question)}
    if heads != comments:
        raise account.Failed(f"{len(heads)} heads and {len(comments)} chains of comments, expected as many")
    digests = sum(json.loads(envelope["Message"])["schema"] == "dayzero.digest.v1" for envelope in envelopes)
    classes = collections.Counter(name for _, name in due.values())
    by_class = ", ".join(f"{name} {count}" for name, count in sorted(classes.items()))
    return (
        f"{len(due)} alerts due of {len({key for key, _ in due.values()})} comments ({by_class}), {len(told)} heard in {len(envelopes)} messages, "
        f"{digests} of them digests; {len(comments)} comments, readings by band: {', '.join(f'{band} {count}' for band, count in sorted(bands.items()))}; "
        f"nothing owed after {took:.0f} s"
    )


def sealed(run):
    """No word of a patient's can be read in the table; what the words are sealed under lies wrapped in the other one."""
    words = secrecy.Words(run.canaries)
    # The protocol's own examples are in it, and no patient wrote them.
    items = [item for item in run.stack.items() if not item["pk"]["S"].startswith("protocol")]
    secrecy.demand_none("the table holds what should be sealed", secrecy.plain(items, words))
    kinds = collections.Counter(item["pk"]["S"].split("#")[0] for item in run.stack.items(run.stack.outputs["KeysTableName"]))
    if not kinds["wrapping"] or not kinds["key"] or not kinds["comment"]:
        raise account.Failed(f"the table of keys holds {dict(kinds)}, expected wrapping keys, keys of deliveries and keys of comments")
    total = sum(kinds.values())
    return f"{len(items)} items searched for {len(words.known)} texts, 0 found; {total} keys, of them {kinds['wrapping']} wrapping"


def acknowledged(run, by="Sanne Vos"):
    """An operator takes a record in hand under a person's name; the record says so, and nobody is reminded any more."""
    key = next(found["comment_key"] for _, envelope in run.inbox.envelopes() for found in inbox.alerts(envelope))
    run.stack.command("acknowledge", key, "--by", by)
    names = [what["by"] for found, what in run.stack.entries() if found == key and what["kind"] == "acknowledged"]
    if names != [by]:
        raise account.Failed(f"the record {key} was acknowledged by {names}, expected {by}")
    return f"{key} by an operator's command, once"


def another_key(run):
    """The key of an alerted comment that nobody has acknowledged yet."""
    taken = {key for key, what in run.stack.entries() if what["kind"] == "acknowledged"}
    return next(found["comment_key"] for _, envelope in run.inbox.envelopes() for found in inbox.alerts(envelope) if found["comment_key"] not in taken)


def swept(run, count=3, limit=SETTLE_LIMIT):
    """With the stream off, the schedule alone finds what came, and tells of it."""
    run.stack.stream(on=False)
    try:
        known = set(run.inbox.told())
        samples = [run.comment() for _ in range(count)]
        begun = time.time()
        run.post(samples)
        heard = lambda: (lambda new: (len(new) >= count, f"{len(new)} heard"))(set(run.inbox.told()) - known)
        account.wait(f"{count} alerts heard without the stream", heard, limit)
        took = time.time() - begun
        keys = {found["comment_key"] for _, envelope in run.inbox.envelopes() for found in inbox.alerts(envelope) if found["alert_id"] not in known}
        said = lambda: (all(run.lines_of("watch", key) for key in keys), "no line of it")
        account.wait("lines about them in the log of watch", said, STREAM_LIMIT)
        if any(run.lines_of("alert", key) for key in keys):
            raise account.Failed("the stream was to be off, and alert took part")
    finally:
        run.stack.stream(on=True)
    return f"{count} comments with the stream off: found by the schedule, alerted {took:.0f} s after they were posted"


def kept_secret(run, files=()):
    """A search of everything outside the store: logs, metrics, what messages say outside their bodies, undelivered messages, files."""
    words = secrecy.Words(run.canaries)
    # What an operator exports holds them all: a search that finds none there would find none anywhere.
    if words.hits(run.stack.command("audit", "export")) < len(words.known) / 2:
        raise account.Failed("the search finds no words in an export, which holds them")
    lines = run.logs()
    queues = run.stack.of_type("AWS::SQS::Queue")
    letters = secrecy.letters(run.account, queues.values())
    places = {
        "the logs": "\n".join(line for _, line in lines),
        "what messages say outside their bodies": run.inbox.outside(),
        "undelivered messages": "\n".join(letters),
        **{str(path): path.read_bytes() for path in files},
    }
    secrecy.demand_none("patients' words outside the store", (f"{hits} in {where}" for where, text in places.items() if (hits := words.hits(text))))
    said = secrecy.metrics(lines)
    if said.get("NeedsPerson"):
        raise account.Failed(f"the metric NeedsPerson counted {said['NeedsPerson']}: something cannot be read back")
    messages = len(run.inbox.envelopes())
    return (
        f"{len(lines)} lines of logs with {len(said)} metrics, {messages} messages, {len(queues)} queues of undelivered ones holding {len(letters)}: "
        f"0 of {len(words.known)} texts"
    )


def verified(run):
    """Every chain and root recomputed by the program's own verifier."""
    said = run.stack.command("audit", "verify").strip().splitlines()[-1]
    if not said.endswith(" 0 broken"):
        raise account.Failed(f"the audit says: {said}")
    return said
