"""`kill -9` of function processes while comments come: nothing may be lost, and nothing be doubled without a reason. Comments are sent as a
platform sends them, again after anything but a 200; what must be there is demanded by `account` afterwards. Called by `deployed.py`.
"""
import collections
import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import account
import platforms
import secrecy

# Functions that take part in the flow. Each process that is killed is started anew by the next event.
ROLES = ("receive", "assess", "alert", "watch")
# Seconds after the start of a post at which a function is struck, drawn between these: receive answers within a tenth, then assess and alert work.
STRIKE_AFTER = (0.0, 0.6)
# Seconds that a function stands still before it is killed: a call takes a few milliseconds, which a kill alone would hardly ever meet.
HOLD = 0.2
# Seconds that one strike takes on average: the wait for a post, half of the above, and standing still.
STRIKE_TAKES = 0.8
SENDERS = 4
# Seconds after which a sender gives a delivery up; platforms go on for hours.
GIVE_UP = 60
EVENTS = ["Sinds ik Norvexa slik heb ik hartkloppingen, al {n} dagen", "Door Norvexa al {n} nachten overgeven en hoofdpijn"]
TALK = ["Bedankt voor de tips, ik ga er {n} bewaren", "Wie komt er ook naar de bijeenkomst op de {n}e?"]


class Flow:
    def __init__(self, run, emulator, size):
        """`size` says how many `comments` and `kills`, and their `seed`."""
        self.stack, self.emulator, self.inbox = run.stack, emulator, run.inbox
        self.chance = random.Random(size.seed)
        self.wanted_kills, self.killed, self.processes = size.kills, [], 0
        self.posting = threading.Event()
        self.canary = secrecy.canary()
        self.refused = collections.Counter()
        self.lock = threading.Lock()
        # A delivery a comment, every fifth sent twice; every third reports an event.
        self.deliveries = []
        for n in range(size.comments):
            text = (EVENTS if n % 3 == 0 else TALK)[n % 2].format(n=n % 28 + 1) + f" {self.canary}"
            name = f"kill-{size.seed}-{n}"
            created = self.sample(platforms.forum(name, text, author=(f"u-kill-{n}", f"Merel {self.canary}")))
            self.deliveries.append((name, created, n % 3 == 0))

    @staticmethod
    def sample(body):
        return platforms.Sample("a comment of the flow", "forum", {"content-type": "application/json"}, body)

    def run(self):
        """Sends and kills, both for about as long; seconds."""
        begun, before = time.monotonic(), self.emulator.cut_off()
        pause = self.wanted_kills * STRIKE_TAKES * SENDERS / max(1, len(self.deliveries))
        killer = threading.Thread(target=self._kill)
        killer.start()
        with ThreadPoolExecutor(SENDERS) as pool:
            faults = [fault for fault in pool.map(lambda delivery: self._send(delivery, pause), self.deliveries) if fault]
        killer.join()
        secrecy.demand_none("a delivery was never taken", faults)
        self.cut_off = self.emulator.cut_off() - before
        return time.monotonic() - begun

    def _kill(self):
        """Strikes one function after another, each a moment after a post began, so that somebody is at work. Where nothing runs there is
        nothing to strike; a minute of that ends it."""
        idle = time.monotonic()
        while len(self.killed) < self.wanted_kills and time.monotonic() - idle < GIVE_UP:
            # After the last post the workers still work.
            self.posting.wait(1)
            self.posting.clear()
            time.sleep(self.chance.uniform(*STRIKE_AFTER))
            role = self.chance.choice(ROLES)
            ended = self.emulator.kill(role, HOLD)
            if ended:
                self.killed.append(role)
                self.processes += ended
                idle = time.monotonic()

    def _send(self, delivery, pause):
        name, sample, _ = delivery
        twice = int(name.rsplit("-", 1)[1]) % 5 == 0
        for _ in range(2 if twice else 1):
            fault = self._post(name, sample)
            if fault:
                return fault
            time.sleep(pause)
        return None

    def _post(self, name, sample):
        begun = time.monotonic()
        while time.monotonic() - begun < GIVE_UP:
            self.posting.set()
            try:
                status, _ = self.stack.post(sample)
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
            if status == 200:
                return None
            with self.lock:
                self.refused[status] += 1
            time.sleep(0.2)
        return f"{name} was refused for {GIVE_UP} s"

    def losses(self, entries):
        """What is missing or doubled among a store's entries, a sentence each."""
        records = collections.defaultdict(list)
        due = collections.defaultdict(set)
        sent = {name for name, _, _ in self.deliveries}
        names = {}
        for key, what in entries:
            if what["kind"] == "sighted" and what["id"]["id"] in sent:
                records[what["id"]["id"]].append((key, what["delivery"]))
                names[key] = what["id"]["id"]
            if what["kind"] == "assessed" and key in names:
                due[names[key]] |= {alert["alert"] for alert in what["alerts"]}
        told = self.inbox.told()
        for name, _, reports in self.deliveries:
            found = records.get(name, [])
            if not found:
                yield f"{name} has no record"
                continue
            if len({key for key, _ in found}) > 1:
                yield f"{name} has {len({key for key, _ in found})} records, expected one"
            deliveries = [json.dumps(delivery, sort_keys=True) for _, delivery in found]
            if len(set(deliveries)) < len(deliveries):
                yield f"{name} was told of twice by one delivery"
            if reports and not due[name]:
                yield f"{name} reports an event and no alert was made due"
            for alert in due[name] - set(told):
                yield f"the alert {alert} of {name} was never heard of"
        self.alerts = set().union(*due.values()) if due else set()

    def doubled(self):
        """Messages that told again what one before had told, of this flow's alerts: a kill between the carrier's answer and the note of it."""
        seen, again = set(), 0
        for _, envelope in self.inbox.envelopes():
            body = json.loads(envelope["Message"])
            told = body["alerts"] if body["schema"] == "dayzero.digest.v1" else [body]
            sends = {(alert["alert_id"], alert["step"], alert["repeat"]) for alert in told if alert["alert_id"] in self.alerts}
            again += bool(sends & seen)
            seen |= sends
        killers = sum(role in ("alert", "watch") for role in self.killed)
        if again > killers:
            raise account.Failed(f"{again} messages told something twice, and only {killers} kills can have caused one")
        return again
