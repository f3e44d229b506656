"""Drives a real `dayzero local` from outside, for the measurements in `bench` and the long tests in `long`: starts and kills the
process, signs and posts forum comments as the forum would, asks the JSON API, and reads the outbox. It leaves out every judgement:
what a figure or an answer means is said by the scripts. Standard library only.
"""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import time
import urllib.parse

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
RELEASE = REPOSITORY / "target" / "release" / "dayzero"
DEVELOPMENT_SECRETS = REPOSITORY / "events" / "development-secrets.json"

# Seconds that one answer may take: longer than the door's own limit of two, so that it is the door that speaks first.
ANSWER_LIMIT = 15
# Seconds until a started process has to answer; a debug build on a busy machine takes several.
START_LIMIT = 60
# Comments in one answer of the list, the most it gives.
PAGE = 200


class Unreachable(Exception):
    """Nobody answered: the process was down, or died before it could."""


class Connection:
    """One kept-alive connection to the door, opened again after it broke."""

    def __init__(self, port):
        self.port = port
        self.http = None

    def ask(self, method, path, body=None, headers=None):
        """One request and its answer: status and body."""
        try:
            if self.http is None:
                self.http = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_LIMIT)
            self.http.request(method, path, body, headers or {})
            answer = self.http.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(type(error).__name__) from error

    def json(self, path):
        status, body = self.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path} answered {status}, expected 200")
        return json.loads(body)

    def comments(self):
        """Every comment, page by page."""
        after = None
        while True:
            cursor = f"&after={urllib.parse.quote(after)}" if after else ""
            page = self.json(f"/api/comments?limit={PAGE}{cursor}")
            yield from page["comments"]
            after = page["next"]
            if after is None:
                return

    def close(self):
        if self.http is not None:
            self.http.close()
            self.http = None


class Forum:
    """The own forum of the sample protocol: what it says, and how it signs that."""

    DOOR = "/webhooks/forum"

    def __init__(self):
        secret = json.loads(DEVELOPMENT_SECRETS.read_text("utf-8"))["forum"]["secrets"][0]
        self.key = base64.b64decode(secret.removeprefix("whsec_"))

    def body(self, kind, comment_id, text, at):
        data = {
            "comment_id": comment_id,
            "post_id": "t-900",
            "author": {"id": "u-900", "name": "Merel"},
            "created_at": at,
        }
        if text is not None:
            data["text"] = text
        return json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False).encode()

    def headers(self, delivery_id, body):
        """Signed now: a repeated delivery has the same id and a new time, as Standard Webhooks has it."""
        seconds = str(int(time.time()))
        signed = b".".join([delivery_id.encode(), seconds.encode(), body])
        mac = base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        return {
            "content-type": "application/json",
            "webhook-id": delivery_id,
            "webhook-timestamp": seconds,
            "webhook-signature": f"v1,{mac}",
        }

    def post(self, connection, delivery_id, body):
        return connection.ask("POST", self.DOOR, body, self.headers(delivery_id, body))


class Dayzero:
    """A `dayzero local` of its own, without samples, on a free port."""

    def __init__(self, binary, data):
        self.data = pathlib.Path(data)
        self.port = free_port()
        self.command = [str(binary), "local", "--no-samples", "--data", str(data), "--listen", f"127.0.0.1:{self.port}"]
        self.process = None

    @property
    def outbox(self):
        return self.data / "outbox.jsonl"

    def start(self):
        """Starts the process and waits until it answers; gives the seconds that took."""
        begun = time.monotonic()
        with open(self.data / "log.txt", "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        while time.monotonic() - begun < START_LIMIT:
            if self.process.poll() is not None:
                raise SystemExit(f"dayzero ended with exit code {self.process.returncode}; the end of its log:\n{self.last_words()}")
            connection = Connection(self.port)
            try:
                if connection.ask("GET", "/api/health")[0] == 200:
                    return time.monotonic() - begun
            except Unreachable:
                pass
            finally:
                connection.close()
            time.sleep(0.02)
        raise SystemExit(f"dayzero did not answer within {START_LIMIT} s")

    def last_words(self):
        return "\n".join((self.data / "log.txt").read_text("utf-8", "replace").splitlines()[-5:])

    def kill(self):
        """Ends the process as a power cut of the process would: no handler runs."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends it as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(START_LIMIT)
            except subprocess.TimeoutExpired:
                self.kill()

    def memory(self):
        """Resident memory now and at its highest, in MB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text("ascii", "replace")
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith(("VmRSS", "VmHWM"))}
        return kilobytes["VmRSS"] / 1024, kilobytes["VmHWM"] / 1024


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Tail:
    """The messages that the local topic accepted, from a place in its outbox on."""

    def __init__(self, outbox, skip=0):
        self.outbox, self.place = outbox, skip

    def read(self):
        """What was accepted since the last reading: pairs of a message and its machine-readable body.

        A line that a kill cut off was never accepted."""
        if not self.outbox.exists():
            return
        with open(self.outbox, "rb") as file:
            file.seek(self.place)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self.place += len(line)
                try:
                    message = json.loads(line)
                except ValueError:
                    continue
                yield message, json.loads(message["bodies"]["default"])


def seconds(timestamp):
    """Seconds since 1970 of an RFC 3339 time; its nanoseconds are cut to microseconds."""
    text = timestamp.replace("Z", "+00:00")
    if "." in text:
        whole, rest = text.split(".")
        digits = rest.split("+")[0]
        text = f"{whole}.{digits[:6].ljust(6, '0')}+00:00"
    return datetime.datetime.fromisoformat(text).timestamp()


def now():
    """The time as the forum writes it, to the microsecond, so that an edit is later than what it changes."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def spread(values):
    """p50, p99 and the highest."""
    ordered = sorted(values)
    if not ordered:
        return float("nan"), float("nan"), float("nan")
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
    return at(0.5), at(0.99), ordered[-1]
