"""What the platforms would send: the sample bodies of `events/`, and each platform's signature, written a second time from its documentation.
The program's own signing is not used, so that a mistake in it cannot hide here. Standard library only.
"""
import base64
import dataclasses
import hashlib
import hmac
import json
import pathlib
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
EVENTS = REPOSITORY / "events"
TYPES = {".json": "application/json", ".xml": "application/atom+xml", ".form": "application/x-www-form-urlencoded"}
# Folders whose bodies one app of Meta's sends, through one door.
META = ("facebook", "instagram", "threads", "messenger", "whatsapp", "meta")
OTHERS = ("x", "linkedin", "tiktok", "youtube", "discourse", "telegram", "slack", "mastodon", "forum")
DOORS = ("meta", *OTHERS)


@dataclasses.dataclass
class Sample:
    name: str
    door: str
    headers: dict
    body: bytes

    @property
    def signed_inside(self):
        """A form of Meta's carries its signature itself."""
        return self.headers.get("content-type") == TYPES[".form"]

    @property
    def identity(self):
        """What makes it a delivery of its own: body and what only headers say."""
        return self.door, self.body, tuple(sorted(self.headers.items()))


def development_secrets():
    """The secret's value of each door, as the secret store would hold it."""
    doors = json.loads((EVENTS / "development-secrets.json").read_text("utf-8"))
    return {door: value for door, value in doors.items() if isinstance(value, dict)}


def samples(broken=True):
    """Every sample body in the order of folders and names; `broken` takes those that nobody can read along."""
    found = []
    for folder in (*META, *OTHERS):
        door = "meta" if folder in META else folder
        places = [EVENTS / folder, *([EVENTS / folder / "broken"] if broken else [])]
        for path in sorted(path for place in places if place.exists() for path in place.iterdir()):
            if path.suffix not in TYPES or path.name.endswith(".headers.json"):
                continue
            headers = {"content-type": TYPES[path.suffix]}
            beside = path.with_suffix(".headers.json")
            if beside.exists():
                headers.update(json.loads(beside.read_text("utf-8")))
            found.append(Sample(str(path.relative_to(EVENTS)), door, headers, path.read_bytes()))
    return found


def _hex(key, message, digest=hashlib.sha256):
    return hmac.new(key, message, digest).hexdigest()


def _base64(key, message):
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def sign(door, secret, body, at=None, delivery=None):
    """The headers with which a platform signs a body; `at` in seconds since 1970."""
    seconds = str(int(time.time() if at is None else at))
    key = secret.encode()
    if door == "meta":
        return {"x-hub-signature-256": f"sha256={_hex(key, body)}"}
    if door == "x":
        return {"x-twitter-webhooks-signature": f"sha256={_base64(key, body)}"}
    if door == "linkedin":
        return {"x-li-signature": _hex(key, b"hmacsha256=" + body)}
    if door == "tiktok":
        return {"tiktok-signature": f"t={seconds},s={_hex(key, f'{seconds}.'.encode() + body)}"}
    if door == "youtube":
        return {"x-hub-signature": f"sha1={_hex(key, body, hashlib.sha1)}"}
    if door == "discourse":
        return {"x-discourse-event-signature": f"sha256={_hex(key, body)}"}
    if door == "telegram":
        return {"x-telegram-bot-api-secret-token": secret}
    if door == "slack":
        return {"x-slack-request-timestamp": seconds, "x-slack-signature": f"v0={_hex(key, f'v0:{seconds}:'.encode() + body)}"}
    if door == "mastodon":
        return {"x-hub-signature": f"sha256={_hex(key, body)}"}
    if door == "forum":
        delivery = delivery or delivery_id(body)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{delivery}.{seconds}.".encode() + body
        return {"webhook-id": delivery, "webhook-timestamp": seconds, "webhook-signature": f"v1,{_base64(key, signed)}"}
    raise KeyError(f"there is no platform {door}; expected one of {', '.join(DOORS)}")


def delivery_id(body):
    """The id of a forum's delivery: one that is sent again has the id of the first."""
    return f"msg_{hashlib.sha256(body).hexdigest()[:24]}"


# Headers that tell one delivery from another, where a platform says only there what happened.
TELLING = {"discourse": "x-discourse-event", "forum": "webhook-id"}


def partition(sample):
    """Where the store keeps exactly these bytes: under a digest of them, behind the header that takes part in it."""
    told = delivery_id(sample.body) if sample.door == "forum" else sample.headers.get(TELLING.get(sample.door, ""))
    digest = hashlib.sha256()
    if told is not None:
        digest.update(len(told.encode()).to_bytes(8, "big") + told.encode())
    digest.update(sample.body)
    return f"delivery#{sample.door}#{digest.hexdigest()}"


def forum(comment_id, text, kind="comment.created", author=("u-901", "Merel")):
    """The body of a comment on the campaign's own forum, written now."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    data = {"comment_id": comment_id, "post_id": "t-900", "author": {"id": author[0], "name": author[1]}, "created_at": at}
    if text is not None:
        data["text"] = text
    return json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False).encode()


def resign(sample, secret):
    """The body as it is sent: a form carries a signature made with this secret, every other body stays as it is."""
    if not sample.signed_inside:
        return sample.body
    field, _, signed = sample.body.strip().partition(b"=")
    payload = signed.partition(b".")[2]
    mac = base64.urlsafe_b64encode(hmac.new(secret.encode(), payload, hashlib.sha256).digest()).rstrip(b"=")
    return field + b"=" + mac + b"." + payload
