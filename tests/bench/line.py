#!/usr/bin/env python3
"""How fast the local line is, in figures and never as a verdict: how long a webhook waits for its answer, and how long after that
answer its alert is published. Signed forum comments come at a steady rate over kept-alive connections; every fifth reports an adverse
event. `--fill` first fills the store with comments, as fast as it takes them, and measures in the full store: pages and memory too.
"""
import argparse
import os
import pathlib
import platform
import queue
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import driver

# Connections that the steady rate shares; one that is waiting must not hold up the next comment.
STEADY_CONNECTIONS = 4
FILL_CONNECTIONS = 8
# Comments sent before the measured ones: connections are opened and doors read.
WARM_UP = 20
# A comment that leaves this late (seconds) was held up by the sender, not by Dayzero; they are counted.
LATE = 0.05
# Seconds without a new message in the outbox after which the alerts that are still missing are given up.
QUIET = 60
READINGS = 40

EVENTS = [
    "Sinds ik Norvexa slik heb ik hartkloppingen, al {n} dagen",
    "Na {n} tabletten Norvexa ben ik zo duizelig dat ik niet kan werken",
    "Door Norvexa al {n} nachten overgeven en hoofdpijn",
]
TALK = [
    "Bedankt voor de tips van vorige week, ik ga er {n} bewaren",
    "Wie komt er ook naar de bijeenkomst op de {n}e?",
    "Mooi verhaal, heb het met {n} mensen gedeeld",
    "Hoe lang duurde het bij jullie voor je een afspraak kreeg, ook {n} weken?",
]


class Comment:
    def __init__(self, run, n):
        self.id = f"{run}-{n}"
        self.event = n % 5 == 0
        texts = EVENTS if self.event else TALK
        self.text = texts[n // 5 % len(texts)].format(n=n % 28 + 1)
        self.took = self.answered_at = None
        self.late = 0.0

    def send(self, forum, connection):
        body = forum.body("comment.created", self.id, self.text, driver.now())
        begun = time.perf_counter()
        status, answer = forum.post(connection, f"msg_{self.id}", body)
        self.took, self.answered_at = time.perf_counter() - begun, time.time()
        if (status, answer) != (200, b"stored"):
            raise SystemExit(f"the door answered {status}, expected 200 stored")


def send_all(port, comments, connections, rate=None):
    """Sends them in order; with a rate, each at its own instant, whether or not the one before was answered. Gives the seconds."""
    forum, waiting, failures = driver.Forum(), queue.Queue(), []
    for index, comment in enumerate(comments):
        waiting.put((index, comment))
    start = time.perf_counter()

    def work():
        connection = driver.Connection(port)
        try:
            while not failures:
                index, comment = waiting.get_nowait()
                if rate:
                    due = start + index / rate
                    time.sleep(max(0.0, due - time.perf_counter()))
                    comment.late = time.perf_counter() - due
                comment.send(forum, connection)
        except queue.Empty:
            pass
        except (driver.Unreachable, SystemExit) as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"sending stopped: {failures[0]}")
    return time.perf_counter() - start


def published(dayzero, comments, skip):
    """When the first message about each comment that reports an event was accepted, once no more are missing or none come."""
    missing, found, quiet_since = {c.id for c in comments if c.event}, {}, time.monotonic()
    tail = driver.Tail(dayzero.outbox, skip)
    while missing and time.monotonic() - quiet_since < QUIET:
        known = len(found)
        for message, body in tail.read():
            if body["comment_id"] in missing:
                missing.discard(body["comment_id"])
                found[body["comment_id"]] = driver.seconds(message["at"])
        if len(found) > known:
            quiet_since = time.monotonic()
        time.sleep(0.5)
    return found


def size(path):
    return path.stat().st_size if path.exists() else 0


def row(name, values, unit="ms", factor=1000):
    p50, p99, top = (value * factor for value in driver.spread(values))
    print(f"  {name:<46}{p50:>9.1f}{p99:>9.1f}{top:>9.1f} {unit}  ({len(values)})")


def steady(dayzero, args, run):
    send_all(dayzero.port, [Comment(f"{run}-warm", n) for n in range(1, WARM_UP)], STEADY_CONNECTIONS)
    time.sleep(2)
    skip = size(dayzero.outbox)
    comments = [Comment(run, n) for n in range(args.comments)]
    send_all(dayzero.port, comments, STEADY_CONNECTIONS, args.rate)
    found = published(dayzero, comments, skip)
    events = [c for c in comments if c.event]
    print(f"  {'':<46}{'p50':>9}{'p99':>9}{'max':>9}")
    row("webhook: request to answer", [c.took for c in comments])
    row("alert: answer to acceptance by the topic", [found[c.id] - c.answered_at for c in events if c.id in found])
    late = sum(c.late > LATE for c in comments)
    print(f"  {len(events)} of {len(comments)} comments report an event, {len(found)} were alerted; {late} left late, by the sender's own fault")


def fill(dayzero, args):
    comments = [Comment("fill", n) for n in range(args.fill)]
    begun = time.perf_counter()
    took = send_all(dayzero.port, comments, FILL_CONNECTIONS)
    print(f"\nfill: {args.fill} comments over {FILL_CONNECTIONS} connections")
    print(f"  taken in {took:.0f} s, {args.fill / took:.0f} a second")
    print(f"  {'':<46}{'p50':>9}{'p99':>9}{'max':>9}")
    row("webhook: request to answer", [c.took for c in comments])
    found = published(dayzero, comments, 0)
    # The sweep does the longest due first, so a comment that comes now is the last of the backlog.
    probe = Comment("probe", 0)
    send_all(dayzero.port, [probe], 1)
    published(dayzero, [probe], 0)
    took = time.perf_counter() - begun
    connection = driver.Connection(dayzero.port)
    known = sum(1 for _ in connection.comments())
    print(f"  worked off {took:.0f} s after the first was sent, {args.fill / took:.0f} a second; {len(found)} alerted; {known} in the list")
    print(f"  table {size(dayzero.data / 'dayzero.db') / 1e6:.0f} MB, outbox {size(dayzero.outbox) / 1e6:.0f} MB")


def pages(dayzero):
    connection = driver.Connection(dayzero.port)
    key = connection.json("/api/comments?limit=1")["comments"][0]["key"]
    print(f"  {'':<46}{'p50':>9}{'p99':>9}{'max':>9}")
    for path in ["/", "/api/comments", f"/api/comments?limit={driver.PAGE}", f"/comments/{key}", f"/api/comments/{key}", "/api/health"]:
        took = []
        for _ in range(READINGS):
            begun = time.perf_counter()
            status, _ = connection.ask("GET", path)
            took.append(time.perf_counter() - begun)
            if status != 200:
                raise SystemExit(f"GET {path} answered {status}, expected 200")
        row(f"GET {path}".replace(key, "{key}"), took)


def processor(dayzero, seconds=5):
    """Share of one core that an idle Dayzero uses: what the sweep costs."""
    ticks = lambda: sum(int(x) for x in pathlib.Path(f"/proc/{dayzero.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])
    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds


def footprint(dayzero):
    memory, most = dayzero.memory()
    print(f"  memory {memory:.0f} MB now, {most:.0f} MB at most; idle it uses {processor(dayzero) * 100:.1f} % of a core")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release().split('-')[0]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(driver.RELEASE), help="the program (default: target/release/dayzero)")
    parser.add_argument("--comments", type=int, default=600, metavar="N")
    parser.add_argument("--rate", type=float, default=20, help="comments a second (default: %(default)s)")
    parser.add_argument("--fill", type=int, default=0, metavar="N", help="fill the store with N comments and measure again")
    args = parser.parse_args()
    print(f"line.py {' '.join(sys.argv[1:])}".rstrip())
    print(machine())
    with tempfile.TemporaryDirectory(prefix="dayzero-bench-") as data:
        dayzero = driver.Dayzero(args.binary, data)
        took = dayzero.start()
        try:
            print(f"dayzero local: started in {took * 1000:.0f} ms, data in a file")
            print(f"\nempty store: {args.comments} comments, {args.rate:g} a second, over {STEADY_CONNECTIONS} connections")
            steady(dayzero, args, "empty")
            pages(dayzero)
            footprint(dayzero)
            if args.fill:
                fill(dayzero, args)
                print(f"\nfull store: {args.comments} comments, {args.rate:g} a second, over {STEADY_CONNECTIONS} connections")
                steady(dayzero, args, "full")
                pages(dayzero)
                footprint(dayzero)
        finally:
            dayzero.stop()


if __name__ == "__main__":
    main()
