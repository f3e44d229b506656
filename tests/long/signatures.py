#!/usr/bin/env python3
"""Compares our signature checks with those of others over a million calls, most of them damaged in one place.

The forum's scheme is checked by the reference library of Standard Webhooks, Slack's by Slack's own SDK; the other platforms publish no
library for Python, and their documented scheme is checked by Python's own HMAC. Each call is written down with what they said of it, and a
test of ours (`schemes::vectors_of_the_vendors_libraries_agree`) reads the file: what they refuse, we have to refuse. Where we refuse what a
library takes, such as base64 with characters that do not belong there, the kind of damage and its count are printed.

Needs the packages of tests/long/requirements.txt; tests/long/run installs them.
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from slack_sdk.signature import Clock, SignatureVerifier
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
SHORT, FULL = 5_000, 1_000_000
SECRET = "the-secret_of_this-door_0123456789"
FORUM_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# Seconds that a signed time may be off before the libraries refuse it, and how far the damaged ones are.
TOLERANCE = 300


def mac(body, digest=hashlib.sha256, secret=SECRET):
    return hmac.new(secret.encode(), body, digest)


def hexed(header, prefix, digest=hashlib.sha256, before=b""):
    """A scheme of one header: a prefix and the MAC in hexadecimal."""

    def sign(body, _):
        return [(header, prefix + mac(before + body, digest).hexdigest())]

    def accepts(headers, body, _):
        given = only(headers, header)
        return given is not None and hmac.compare_digest(given.encode(), (prefix + mac(before + body, digest).hexdigest()).encode())

    return sign, accepts


def only(headers, name):
    """The value of a header that stands exactly once."""
    values = [value for known, value in headers if known == name]
    return values[0] if len(values) == 1 else None


def sign_x(body, _):
    return [("x-twitter-webhooks-signature", "sha256=" + base64.b64encode(mac(body).digest()).decode())]


def accepts_x(headers, body, now):
    given = only(headers, "x-twitter-webhooks-signature")
    return given is not None and hmac.compare_digest(given.encode(), sign_x(body, now)[0][1].encode())


def sign_telegram(_, __):
    return [("x-telegram-bot-api-secret-token", SECRET)]


def accepts_telegram(headers, _, __):
    given = only(headers, "x-telegram-bot-api-secret-token")
    return given is not None and hmac.compare_digest(given.encode(), SECRET.encode())


def sign_slack(body, now):
    verifier = SignatureVerifier(SECRET)
    return [("x-slack-request-timestamp", str(now)), ("x-slack-signature", verifier.generate_signature(timestamp=str(now), body=body))]


class Standing(Clock):
    def __init__(self, now):
        self.time = now

    def now(self):
        return self.time


def accepts_slack(headers, body, now):
    if any(only(headers, name) is None for name in ("x-slack-request-timestamp", "x-slack-signature")):
        return False
    try:
        return SignatureVerifier(SECRET, Standing(now)).is_valid_request(body, dict(headers))
    except (ValueError, TypeError):
        return False


def sign_forum(body, now):
    signed = b".".join([b"msg_1", str(now).encode(), body])
    key = base64.b64decode(FORUM_SECRET.removeprefix("whsec_"))
    signature = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return [("webhook-id", "msg_1"), ("webhook-timestamp", str(now)), ("webhook-signature", signature)]


def accepts_forum(headers, body, _):
    """The reference library reads the machine's clock, so these calls are made now."""
    if any(only(headers, name) is None for name, _ in sign_forum(b"", 0)):
        return False
    try:
        Webhook(FORUM_SECRET).verify(body, dict(headers))
        return True
    except json.JSONDecodeError:
        # It goes on to parse what it has found to be signed.
        return True
    except (WebhookVerificationError, ValueError, TypeError, UnicodeError):
        return False


SCHEMES = {
    "meta": hexed("x-hub-signature-256", "sha256="),
    "discourse": hexed("x-discourse-event-signature", "sha256="),
    "mastodon": hexed("x-hub-signature", "sha256="),
    "youtube": hexed("x-hub-signature", "sha1=", hashlib.sha1),
    "linkedin": hexed("x-li-signature", "", before=b"hmacsha256="),
    "x": (sign_x, accepts_x),
    "telegram": (sign_telegram, accepts_telegram),
    "slack": (sign_slack, accepts_slack),
    "forum": (sign_forum, accepts_forum),
}


def flip(text, chance):
    """One bit of one character, such that a header can hold the result."""
    while True:
        place = chance.randrange(len(text))
        other = chr(ord(text[place]) ^ (1 << chance.randrange(7)))
        if other.isprintable():
            return text[:place] + other + text[place + 1 :]


def damaged(headers, body, chance):
    """A call with one thing wrong with it, or nothing: its headers, its body, and what was done."""
    headers, kind = list(headers), chance.randrange(10)
    which = chance.randrange(len(headers))
    name, value = headers[which]
    if kind < 2:
        return headers, body, "untouched"
    if kind < 5:
        headers[which] = (name, flip(value, chance))
        return headers, body, f"a bit of {name}"
    if kind < 7:
        place = chance.randrange(len(body) * 8)
        changed = bytearray(body)
        changed[place // 8] ^= 1 << (place % 8)
        return headers, bytes(changed), "a bit of the body"
    if kind == 7:
        cut = chance.randrange(len(value))
        headers[which] = (name, value[:cut])
        return headers, body, f"{name} cut short"
    if kind == 8:
        headers[which] = (name, value + chance.choice([" ", "=", "0", ",", value]))
        return headers, body, f"{name} made longer"
    if chance.random() < 0.5:
        del headers[which]
        return headers, body, f"no {name}"
    headers.append(headers[which])
    return headers, body, f"{name} twice"


def vectors(count, seed):
    chance = random.Random(seed)
    names = sorted(SCHEMES)
    for number in range(count):
        provider = names[number % len(names)]
        sign, accepts = SCHEMES[provider]
        now = int(time.time())
        off = chance.choice([0, 0, 0, 0, -TOLERANCE - 60, TOLERANCE + 60])
        body = json.dumps({"n": number, "text": "é" * chance.randrange(40), "r": chance.random()}).encode()
        headers, body, what = damaged(sign(body, now + off), body, chance)
        yield {
            "provider": provider,
            "secret": FORUM_SECRET if provider == "forum" else SECRET,
            "at": now,
            "body": base64.b64encode(body).decode(),
            "headers": headers,
            "accepted": bool(accepts(headers, body, now)),
            "what": what if off == 0 else f"{what}, the time off by {off} s",
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=FULL, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help=f"{SHORT} calls, for every change")
    args = parser.parse_args()
    count = SHORT if args.short else args.count
    print(f"signatures.py: {count} calls over {len(SCHEMES)} schemes, seed {args.seed}", flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for vector in vectors(count, args.seed):
            file.write(json.dumps(vector) + "\n")
        file.flush()
        test = ["cargo", "test", "--locked", "--test", "it", "vectors_of_the_vendors_libraries_agree", "--", "--ignored", "--nocapture"]
        done = subprocess.run(test, cwd=REPOSITORY, env=dict(os.environ, DAYZERO_VECTORS=file.name), capture_output=True, text=True)
    said = [line for line in done.stdout.splitlines() if "S1:" in line]
    print("\n".join(said) if done.returncode == 0 and said else done.stdout + done.stderr)
    return done.returncode if said else 1


if __name__ == "__main__":
    sys.exit(main())
