#!/usr/bin/env python3
"""Kills a real `dayzero local` again and again while a forum posts to it, and then accounts for everything.

The forum behaves as a platform does: every delivery is signed, many are sent twice, comments are edited and deleted, and a delivery
that got no answer is sent again. `kill -9` falls at random instants of a seeded clock, always followed by a start on the same data.
At the end, over the JSON API, the outbox and `dayzero audit verify`:

- every delivery that was answered 200 is in its comment's record, once, with its text;
- every alert that is due was accepted by the topic, and no record owes anything;
- the topic holds no alert twice, unless a kill fell between its acceptance and the record of it: SNS has no memory of what it
  took, so at least once is all that can be had there. Such a pair must have a kill between its two messages, soon after the first;
- every chain of events is whole.

Prints figures; exits 1 on any loss and any double that no kill explains. What it cannot show is a power cut of the machine: what the
operating system has taken from a killed process, it still writes.
"""
import argparse
import collections
import pathlib
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import driver

SENDERS = 4
# Seconds between two kills, drawn evenly: from the midst of starting work to some seconds of steady running.
BETWEEN_KILLS = (0.2, 4.0)
# Seconds that the process stays down.
DOWN = (0.0, 0.5)
# Seconds after a refusal, or no answer, until the forum sends again.
SEND_AGAIN = 0.1
# Seconds that may go by at the end without anything getting done, before what is missing counts as lost: a killed worker's claim on a
# record runs for 60. How long all of it takes is the machine's affair.
SETTLE_LIMIT = 180
# How often it is said how far the killing has come: after each so many kills.
SAY_EVERY = 50
# Seconds between the topic's acceptance and a kill that can have come before its record. Recording takes milliseconds on a free
# machine; a debug build on a busy one needs more.
UNRECORDED = 5.0

SHARE_TWICE, SHARE_EDITED, SHARE_DELETED, SHARE_EVENT = 0.4, 0.25, 0.1, 0.25

EVENT = "Sinds ik Norvexa slik heb ik hartkloppingen, vertelde ik op dag {n}"
TALK = "Bedankt voor de tips op dag {n}, ik neem ze mee naar de bijeenkomst"
ADDED = " Update: nu ook hoofdpijn door de Norvexa."


class Delivery:
    """One thing that happened to a comment, and what the door said of it."""

    def __init__(self, comment, kind, text):
        self.comment, self.kind, self.text = comment, kind, text
        self.id = f"msg_{comment.id}_{kind}"
        self.body = None
        self.answered = self.unanswered = self.refused = 0


class Comment:
    """What the forum did to one comment, in order."""

    def __init__(self, n, chance):
        self.id = f"kill-{n}"
        self.event = chance.random() < SHARE_EVENT
        text = (EVENT if self.event else TALK).format(n=n)
        self.deliveries = [Delivery(self, "created", text)]
        if chance.random() < SHARE_EDITED:
            self.event = True
            self.deliveries.append(Delivery(self, "edited", text + ADDED))
        if chance.random() < SHARE_DELETED:
            self.deliveries.append(Delivery(self, "deleted", None))

    def texts(self):
        return [delivery.text for delivery in self.deliveries if delivery.text is not None]

    def deleted(self):
        return any(delivery.kind == "deleted" for delivery in self.deliveries)


def plan(comments, chance):
    """What each sender sends, in order. All of a comment goes through one sender, as a platform keeps the order of one thread of events;
    an edit or a second copy comes some comments later."""
    sends = []
    for n, comment in enumerate(comments):
        at = n
        for delivery in comment.deliveries:
            sends.append((at, n, delivery))
            if chance.random() < SHARE_TWICE:
                sends.append((at + chance.uniform(0, 30), n, delivery))
            at += chance.uniform(0.1, 30)
    senders = [[] for _ in range(SENDERS)]
    for _, n, delivery in sorted(sends, key=lambda send: (send[0], send[1])):
        senders[n % SENDERS].append(delivery)
    return senders


class Forum:
    """Sends until everything was answered 200, over deaths and starts."""

    def __init__(self, port, senders, pause):
        self.signer, self.port, self.pause = driver.Forum(), port, pause
        self.broken = queue.Queue()
        self.threads = [threading.Thread(target=self.send_all, args=(deliveries,), daemon=True) for deliveries in senders]

    def start(self):
        for thread in self.threads:
            thread.start()

    def sending(self):
        return any(thread.is_alive() for thread in self.threads)

    def send_all(self, deliveries):
        connection = driver.Connection(self.port)
        for delivery in deliveries:
            time.sleep(self.pause)
            if delivery.body is None:
                delivery.body = self.signer.body(f"comment.{delivery.kind}", delivery.comment.id, delivery.text, driver.now())
            while not self.send(connection, delivery):
                time.sleep(SEND_AGAIN)
        connection.close()

    def send(self, connection, delivery):
        try:
            status, answer = self.signer.post(connection, delivery.id, delivery.body)
        except driver.Unreachable:
            delivery.unanswered += 1
            return False
        if status == 200:
            delivery.answered += 1
            return True
        delivery.refused += 1
        if status < 500:
            self.broken.put(f"the door answered {status} to {delivery.id}, expected 200 or 503: {answer[:80]!r}")
            return True
        return False


class Killer:
    """Kills and starts; remembers when each kill was."""

    def __init__(self, dayzero, chance):
        self.dayzero, self.chance = dayzero, chance
        self.kills, self.starts = [], []

    def strike(self):
        time.sleep(self.chance.uniform(*BETWEEN_KILLS))
        before = time.time()
        self.dayzero.kill()
        self.kills.append((before, time.time()))
        time.sleep(self.chance.uniform(*DOWN))
        self.starts.append(self.dayzero.start())

    def between(self, first, second):
        """Whether a kill that came soon after the first of two messages explains the second."""
        return any(first <= dead <= second and before - first <= UNRECORDED for before, dead in self.kills)


class Account:
    """Everything there is at the end, held against everything that was sent; or what there is of some comments, to see how far they are."""

    def __init__(self, dayzero, comments, killer, some=False):
        self.comments, self.killer = comments, killer
        connection = driver.Connection(dayzero.port)
        heads = list(connection.comments())
        self.listed = len(heads)
        keys = {head["id"]["id"]: head["key"] for head in heads}
        # A record that is read is a read that is noted: those that were whole before are not asked for again and again.
        wanted = {comment.id for comment in comments} if some else keys
        self.records = {id: connection.json(f"/api/comments/{key}") for id, key in keys.items() if id in wanted}
        connection.close()
        self.posted = list(driver.Tail(dayzero.outbox).read())
        self.steps = self.recorded = self.doubles = self.sightings = 0

    def losses(self):
        """Whatever is missing; after a while nothing may be."""
        accepted = {message["message_id"] for message, _ in self.posted}
        for comment in self.comments:
            yield from self.missing(comment, accepted)

    def unfinished(self):
        """The comments of which something is missing."""
        accepted = {message["message_id"] for message, _ in self.posted}
        return [comment for comment in self.comments if next(self.missing(comment, accepted), None) is not None]

    def missing(self, comment, accepted):
        record = self.records.get(comment.id)
        if record is None:
            yield f"{comment.id} was answered 200 and is no comment"
            return
        yield from self.wrong_texts(comment, record)
        if comment.event and not record["alerts"]:
            yield f"{comment.id} reports an adverse event and has no alert"
        for alert in record["alerts"]:
            sent = {(step["step"], step["repeat"]): step["message_id"] for step in alert["published"]}
            for step in alert["due"]:
                message = sent.get((step["step"], step["repeat"]))
                if message is None:
                    yield f"{comment.id}: step {step['step']}.{step['repeat']} of {alert['id']} is due and was not published"
                elif message not in accepted:
                    yield f"{comment.id}: the record names the message {message}, which the topic never accepted"

    def wrong_texts(self, comment, record):
        texts = [version["text"] for version in record["versions"]]
        if sorted(texts) != sorted(comment.texts()):
            yield f"{comment.id}: its {len(texts)} versions are not the {len(comment.texts())} texts that were sent"
        elif record["text"] != comment.texts()[-1]:
            yield f"{comment.id} does not show the newest of its texts"
        if record["deleted"] != comment.deleted():
            yield f"{comment.id}: deleted is {record['deleted']}, expected {comment.deleted()}"

    def doubled(self):
        """Whatever is there more often than it happened."""
        if self.listed != len(self.records):
            yield f"{self.listed} comments are listed, {len(self.records)} of them different"
        if len(self.records) > len(self.comments):
            yield f"{len(self.records)} comments are there, {len(self.comments)} were sent"
        for comment in self.comments:
            sighted = sum(event["kind"] == "sighted" for event in self.records[comment.id]["events"])
            self.sightings += sighted
            if sighted != len(comment.deliveries):
                yield f"{comment.id} was sighted {sighted} times in its record, expected {len(comment.deliveries)}"
        sends = collections.defaultdict(list)
        for message, body in self.posted:
            # A digest names several alerts, and each of them was told by it.
            for told in body.get("alerts", [body]):
                sends[told["alert_id"], told["step"], told["repeat"]].append(driver.seconds(message["at"]))
        self.steps = len(sends)
        self.recorded = sum(len(alert["published"]) for record in self.records.values() for alert in record["alerts"])
        for (alert, step, repeat), times in sends.items():
            times.sort()
            for first, second in zip(times, times[1:]):
                self.doubles += 1
                if not self.killer.between(first, second):
                    yield f"{alert} step {step}.{repeat} was published twice, {second - first:.2f} s apart, and no kill explains it"
        if self.recorded != self.steps:
            yield f"{self.recorded} publications are recorded, {self.steps} steps were published"


def settle(dayzero, comments, killer):
    """Asks until nothing is missing, or nothing gets done any more; gives the seconds and an account made after that.

    The account that found nothing missing may have paged through a list that still moved: a comment whose deadline changed between two
    pages stands on both. Once all is done the list stands still."""
    begun = moved = time.monotonic()
    left = comments
    while left and time.monotonic() - moved < SETTLE_LIMIT:
        try:
            still = Account(dayzero, left, killer, some=True).unfinished()
        except driver.Unreachable:
            # Busy with what the last kill left behind.
            continue
        if len(still) < len(left):
            moved = time.monotonic()
            print(f"kill.py: {len(still)} comments wait, {time.monotonic() - begun:.0f} s after the last kill", file=sys.stderr, flush=True)
        left = still
        time.sleep(1)
    return Account(dayzero, comments, killer), time.monotonic() - begun


def verify(binary, data):
    """`dayzero audit verify` on the stopped store: what it said, and whether it found everything whole."""
    done = subprocess.run([binary, "audit", "verify", "--data", data], capture_output=True, text=True, timeout=600)
    said = (done.stdout + done.stderr).strip()
    return said, done.returncode == 0 and said.endswith(" 0 broken")


def run(args, data):
    """Sends and kills, then accounts: figures on standard output, and the faults."""
    chance = random.Random(args.seed)
    comments = [Comment(n, chance) for n in range(args.comments)]
    senders = plan(comments, chance)
    sends = sum(len(deliveries) for deliveries in senders)
    # The sending lasts about as long as the killing: half of a gap on average, and a start after each.
    longest = max(len(deliveries) for deliveries in senders)
    dayzero = driver.Dayzero(args.binary, data)
    start = dayzero.start()
    killer = Killer(dayzero, chance)
    forum = Forum(dayzero.port, senders, args.kills * (sum(BETWEEN_KILLS) / 2) / longest)
    begun = time.monotonic()
    try:
        forum.start()
        for number in range(1, args.kills + 1):
            killer.strike()
            if number % SAY_EVERY == 0:
                print(f"kill.py: {number} kills, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        while forum.sending():
            time.sleep(0.1)
        sent = time.monotonic() - begun
        account, waited = settle(dayzero, comments, killer)
    finally:
        dayzero.stop()
    said, whole = verify(args.binary, data)
    faults = [forum.broken.get() for _ in range(forum.broken.qsize())] + list(account.losses())
    # Without its record a comment cannot be searched for doubles; the loss says enough.
    faults += list(account.doubled()) if not faults else []
    faults += [] if whole else [f"audit verify: {said}"]
    report(comments, account, killer, [
        ("seconds: sending and killing, settling, first start, slowest start after a kill",
         f"{sent:.0f}, {waited:.0f}, {start:.2f}, {max(killer.starts):.2f}"),
        ("deliveries sent, with second copies", f"{sum(len(c.deliveries) for c in comments)}, {sends}"),
        ("audit verify", said),
    ])
    return faults


def report(comments, account, killer, rows):
    deliveries = [delivery for comment in comments for delivery in comment.deliveries]
    once = sum(delivery.answered == 1 for delivery in deliveries)
    rows += [
        ("kills", len(killer.kills)),
        ("attempts without an answer, and refused with 503",
         f"{sum(d.unanswered for d in deliveries)}, {sum(d.refused for d in deliveries)}"),
        ("deliveries answered 200 just once, the evidence against loss", once),
        ("comments sent and found", f"{len(comments)}, {len(account.records)}"),
        ("texts and deletions found in records", account.sightings),
        ("alert steps published, messages accepted", f"{account.steps}, {len(account.posted)}"),
        ("messages doubled by a kill before their record", account.doubles),
    ]
    for name, value in rows:
        print(f"  {name:<80} {value}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(driver.RELEASE), help="the program (default: target/release/dayzero)")
    parser.add_argument("--comments", type=int, default=2000, metavar="N")
    parser.add_argument("--kills", type=int, default=12, metavar="K")
    parser.add_argument("--seed", type=int, default=1, help="of the comments and the kills (default: %(default)s)")
    parser.add_argument("--short", action="store_true", help="200 comments and 3 kills, for every change")
    args = parser.parse_args()
    if args.short:
        args.comments, args.kills = 200, 3
    print(f"kill.py: {args.comments} comments, {args.kills} kills, seed {args.seed}")
    with tempfile.TemporaryDirectory(prefix="dayzero-kill-") as data:
        faults = run(args, data)
    for fault in faults[:20]:
        print(f"kill.py: {fault}", file=sys.stderr)
    if len(faults) > 20:
        print(f"kill.py: and {len(faults) - 20} more", file=sys.stderr)
    print("nothing lost, no double unexplained" if not faults else f"FAILED: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
