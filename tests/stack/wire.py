"""Bytes and headers on their way from a platform to the store, as the deployed API hands them on. A delivery is stored under the digest of its raw
bytes, so that its row proves that nothing on the way changed a byte. Part of `tests/cloud-smoke`.
"""
import collections
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import platforms

JSON = "application/json"
# Calls that are on their way at once in a burst.
SENDERS = 200


def fixtures(word):
    """Bodies that something on the way could change, each with its content type. All are kept as they came; most come before a person."""
    return {
        "plain JSON": (JSON, b'{"word": "%s"}' % word),
        "JSON with a charset": ("application/json; charset=utf-8", b'{"a": "%s"}' % word),
        "blanks and a line feed at its end": (JSON, b'{ "word" :  "%s" }\r\n' % word),
        "characters of four bytes": (JSON, '{"word": "🤕 é ẞ %s"}'.encode().replace(b"%s", word)),
        "a byte order mark": (JSON, b"\xef\xbb\xbf" + b'{"b": "%s"}' % word),
        "invalid UTF-8 under application/json": (JSON, b'{"word": "\xff\xfe\xc3 %s"}' % word),
        "a NUL": (JSON, b'{"word": "\x00 %s"}' % word),
        "bytes that are no text": ("application/octet-stream", bytes(range(256)) + word),
        "compressed, and said to be": (JSON, b"\x1f\x8b\x08\x00" + word),
        "XML": ("application/atom+xml", b"<feed>%s</feed>" % word),
        "no content type": (None, b'{"c": "%s"}' % word),
        "300 KB": (JSON, b'{"word": "%s", "long": "%s"}' % (word, b"x" * 300_000)),
        "900 KB of which nothing repeats": (JSON, b'{"word": "%s", "long": "%s"}' % (word, noise(900_000))),
    }


def noise(length):
    """Text that no compression makes smaller by much, the same every time."""
    blocks, digest = [], b"dayzero"
    while len(blocks) * 64 < length:
        digest = hashlib.sha256(digest).digest()
        blocks.append(digest.hex().encode())
    return b"".join(blocks)[:length]


def all_of(report, run):
    word = f"{run.canaries[0]}-{int(time.time())}".encode()
    for name, (kind, body) in fixtures(word).items():
        sample = platforms.Sample(name, "forum", {"content-type": kind} if kind else {}, body)
        status, _ = run.stack.post(sample)
        kept = status == 200 and run.stack.delivery(platforms.partition(sample)) is not None
        # An emulator passes bodies on as text, and some have been changed by then.
        report.judge(f"the wire: {name}", kept, f"answered {status}, {'kept byte for byte' if kept else 'not kept as it was sent'}", name in STRICT)
    headers(report, run, word)


# What even an emulator must not change.
STRICT = ("plain JSON", "JSON with a charset", "blanks and a line feed at its end", "characters of four bytes", "XML", "300 KB")


def headers(report, run, word):
    """Names of headers in another case are the same headers; a signature that comes in two versions of which one is right is right."""
    body = b'{"d": "%s"}' % word
    secret = run.stack.secrets["forum"]["secrets"][0]
    url = run.stack.outputs["WebhookBaseUrl"] + "forum"
    signed = {"content-type": JSON, **platforms.sign("forum", secret, body)}
    upper = {name.upper(): value for name, value in signed.items()}
    status = run.account.ask("POST", url, body, upper)[0]
    report.judge("the wire: headers in capitals", status == 200, f"answered {status}")
    two = {**signed, "webhook-signature": f"v1,{'A' * 43}= {signed['webhook-signature']}"}
    status = run.account.ask("POST", url, body, two)[0]
    report.judge("the wire: two signatures of which one is right", status == 200, f"answered {status}")
    late = {"content-type": JSON, **platforms.sign("forum", secret, body, at=time.time() - 3600)}
    status = run.account.ask("POST", url, body, late)[0]
    report.judge("the wire: a signature of an hour ago", status == 401, f"answered {status}")
    status, found, _ = run.account.ask("POST", url, b"x" * 11_000_000, {"content-type": JSON})
    report.judge("the wire: 11 MB", status == 413, f"answered {status}, {found.get('content-type')}", False)


def burst(report, run, calls):
    """Unsigned calls at once, so that nothing is stored: what a platform sees when no concurrency is left."""
    if not calls:
        report.say("left out: a burst (--burst N sends N unsigned calls at once and says what a refusal looks like)")
        return
    url, shapes = run.stack.outputs["WebhookBaseUrl"] + "forum", {}

    def one(_):
        status, found, body = run.account.ask("POST", url, b"{}", {"content-type": JSON})
        shapes.setdefault(status, ({name: found[name] for name in ("content-type", "retry-after", "x-amzn-errortype") if name in found}, body[:200]))
        return status

    with ThreadPoolExecutor(SENDERS) as pool:
        counts = collections.Counter(pool.map(one, range(calls)))
    report.judge("a burst: every answer is one that platforms know", set(counts) <= {401, 429, 503}, f"{dict(counts)}, as {shapes}")
