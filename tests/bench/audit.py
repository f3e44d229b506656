#!/usr/bin/env python3
"""Writes an export of a million entries and lets the real program verify it: seconds and peak memory, printed and never judged. The
export is made here from the format's description alone (`src/audit/mod.rs`): a third implementation beside the program's writer and
its verifier. Before the large one, a small export that is whole and some that are not show that the three agree. Standard library only.
"""
import argparse
import hashlib
import json
import multiprocessing
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
# What a window of ten minutes sees at a rate that fills the export in about a month.
MOVED_IN_A_WINDOW = 200
BLOCK = 100
TEXTS = ["Sinds ik dit slik heb ik \"hartkloppingen\"\n", "Wat een mooie wandeling was dat zaterdag", "Kan iemand mij zeggen of dat normaal is? 🤔"]


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def merkle(leaves):
    """The definition of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0].encode()).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


class Chain:
    """Lines of one chain, and where it stands."""

    def __init__(self, key):
        self.key, self.seq, self.hash, self.lines = key, 0, "", []

    def add(self, at, what, words=None):
        self.seq += 1
        text = None if words is None else dump(words)
        body = dump({"key": self.key, "seq": self.seq, "at": at, "by": {"stage": "assess"}, "what": what,
                     "words": text and digest(text), "program": "audit.py", "prev": self.hash})
        self.hash = digest(body)
        line = f'{{"key":{dump(self.key)},"seq":{self.seq},"body":{dump(body)},"hash":"{self.hash}"'
        self.lines.append(line + (f',"words":{text}}}\n' if text else "}\n"))

    def leaf(self):
        return {"key": self.key, "seq": self.seq, "hash": self.hash}


def clock(second):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_770_000_000 // 600 * 600 + second))


def comment(dice, second):
    """A comment's life: sighted, read, perhaps edited, alerted, acknowledged, decided; about six entries. Some have lost their words."""
    chain = Chain(f"forum-{dice.getrandbits(128):032x}")
    erased = dice.random() < 0.1
    at = clock(second)
    for number in range(dice.choice([3, 5, 6, 6, 7, 8])):
        kind = ["sighted", "assessed", "published", "acknowledged", "decided"][number] if number < 5 else "sighted"
        words = {"text": dice.choice(TEXTS), "salt": f"{dice.getrandbits(128):032x}"} if kind == "sighted" else None
        chain.add(at, {"kind": kind, "evidence": ["x" * 40] * dice.randrange(6), "score": dice.randrange(1000)}, words)
        if words and erased:
            chain.lines[-1] = chain.lines[-1].split(',"words":{')[0] + "}\n"
    if erased:
        chain.add(at, {"kind": "erased", "because": "retention"})
    return chain


def export(entries, dice):
    """The lines of an export of about so many entries, without those of its closing line: yields chains in their order."""
    comments, journals, windows, count = [], {}, [], 0
    while count < entries:
        moved = [comment(dice, len(windows) * 600) for _ in range(MOVED_IN_A_WINDOW)]
        comments += moved
        count += sum(chain.seq for chain in moved) + 1
        windows.append([chain.leaf() for chain in sorted(moved, key=lambda chain: chain.key)])
    protocol = Chain("journal:protocol/migraine-nl")
    protocol.add(clock(0), {"kind": "protocol", "version": 1, "stage": "published"})
    windows[0].append(protocol.leaf())
    last = None
    for number, leaves in enumerate(windows):
        begin, end = clock(number * 600), clock(number * 600 + 600)
        day = journals.setdefault(begin[:10], Chain(f"journal:roots/{begin[:10]}"))
        if day.seq == 0 and last:
            leaves.insert(0, last.leaf())
        last = day
        root = merkle([f"{leaf['key']} {leaf['seq']} {leaf['hash']}" for leaf in leaves]).hex()
        day.add(end, {"kind": "root", "from": begin, "until": end, "leaves": leaves, "root": root})
    return [*(journals[day] for day in sorted(journals)), protocol, *sorted(comments, key=lambda chain: chain.key)]


def write(chains, path, change=None):
    """Writes the export with its closing line; gives the number of entries."""
    lines = [line for chain in chains for line in chain.lines]
    blocks = [digest("".join(lines[at:at + BLOCK])) for at in range(0, len(lines), BLOCK)]
    root = merkle([f"{chain.key} {chain.seq} {chain.hash}" for chain in chains]).hex()
    closing = dump({"chains": len(chains), "entries": len(lines), "root": root, "blocks": blocks, "at": clock(0), "program": "audit.py"})
    lines.append(f'{{"closing":{closing},"hash":"{digest(closing)}"}}\n')
    if change:
        change(lines)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    return len(lines) - 1


def verify(binary, path):
    """Exit code, last line of output, seconds, and peak memory in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen([binary, "audit", "verify", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said, told = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    return os.waitstatus_to_exitcode(status), (said + told).strip().splitlines()[-1], took, usage.ru_maxrss / 1024


def agree(binary, folder):
    """The program and this script must mean the same format, else the figure is of nothing."""
    path = os.path.join(folder, "small.jsonl")
    changes = {"nothing": None, "a line taken out": lambda lines: lines.pop(700), "the closing line taken out": lambda lines: lines.pop(),
               "two chains swapped": lambda lines: lines.insert(900, lines.pop(500)), "a digit": lambda lines: lines.__setitem__(
                   300, lines[300].replace('"hash":"', '"hash":"0', 1))}
    for name, change in changes.items():
        write(export(3_000, random.Random(1)), path, change)
        code, said, _, _ = verify(binary, path)
        if code != (0 if change is None else 1):
            raise SystemExit(f"the program and this script disagree about an export with {name} changed: exit code {code}, {said}")
    print(f"agreed on {len(changes)} small exports")


def write_large(entries, path):
    chains = export(entries, random.Random(20261122))
    count = write(chains, path)
    print(f"{count} entries in {len(chains)} chains, {os.path.getsize(path) / 1e6:.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(REPOSITORY / "target" / "release" / "dayzero"), help="the program (default: %(default)s)")
    parser.add_argument("--entries", type=int, default=1_000_000, metavar="N")
    args = parser.parse_args()
    print(f"audit.py {' '.join(sys.argv[1:])}".rstrip())
    with tempfile.TemporaryDirectory(prefix="dayzero-bench-") as folder:
        agree(args.binary, folder)
        path = os.path.join(folder, "export.jsonl")
        # In a process of its own: the peak of a process that was started counts from the memory of the one that started it.
        writer = multiprocessing.Process(target=write_large, args=(args.entries, path))
        writer.start()
        writer.join()
        code, said, took, memory = verify(args.binary, path)
        print(f"verified in {took:.1f} s, {args.entries / took:,.0f} entries a second, {memory:.0f} MB at most; exit code {code}: {said}")


if __name__ == "__main__":
    main()
