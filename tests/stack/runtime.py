"""Lambda's Runtime API on loopback, and a store that fails on command: what an emulator does not do to a function, done to the very program that is
deployed. Batches that fail in part, an invocation whose time is nearly up, a start that cannot be. Called by `deployed.py`.
"""
import http.client
import http.server
import json
import queue
import subprocess
import threading
import time
import urllib.parse
import uuid

import account

INIT_LIMIT = 30
ANSWER_LIMIT = 60


class Quiet(http.server.BaseHTTPRequestHandler):
    """A handler that logs nothing and keeps connections open, as the runtime's client expects."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A function that was killed leaves its connection open: that is the test's own doing, and no news."""


def serve(handler):
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Function:
    """One function process, started as Lambda starts it and given one event at a time."""

    def __init__(self, bootstrap, role, variables, log):
        self.events, self.answers, self.log = queue.Queue(), queue.Queue(), log
        self.asked = threading.Event()
        function = self

        class Api(Quiet):
            def do_GET(self):
                function.asked.set()
                try:
                    event, deadline = function.events.get(timeout=ANSWER_LIMIT * 2)
                except queue.Empty:
                    return self.answer(500)
                headers = [
                    ("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4())),
                    ("Lambda-Runtime-Deadline-Ms", str(int(deadline * 1000))),
                    ("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:eu-west-1:000000000000:function:{role}"),
                    ("Content-Type", "application/json"),
                ]
                return self.answer(200, json.dumps(event).encode(), headers)

            def do_POST(self):
                function.answers.put((self.path.rsplit("/", 1)[-1], json.loads(self.body() or b"null")))
                self.answer(202)

        self.server = serve(Api)
        environment = {**variables, "_HANDLER": role, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}"}
        environment.update({"AWS_LAMBDA_FUNCTION_NAME": role, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_FUNCTION_VERSION": "1"})
        self.process = subprocess.Popen([bootstrap], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        if not self.asked.wait(INIT_LIMIT):
            self.__exit__()
            raise account.Failed(f"the program did not ask for its first event within {INIT_LIMIT} s; exit code {self.process.poll()}")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.server.shutdown()
        self.server.server_close()

    def invoke(self, event, seconds=60.0):
        """One event with this much time left; the answer, and how many seconds of it were left then."""
        deadline = time.time() + seconds
        self.events.put((event, deadline))
        try:
            kind, answer = self.answers.get(timeout=ANSWER_LIMIT)
        except queue.Empty:
            raise account.Failed(f"no answer came within {ANSWER_LIMIT} s") from None
        if kind != "response":
            raise account.Failed(f"the invocation was answered with an error: {answer}")
        return answer, deadline - time.time()


class Store:
    """The emulator's DynamoDB, but every call that names `poison` fails, as a partition that is not there would."""

    def __init__(self, endpoint):
        target, store = urllib.parse.urlsplit(endpoint), self
        self.poison, self.failed = None, 0

        class Proxy(Quiet):
            def do_POST(self):
                body = self.body()
                if store.poison and store.poison.encode() in body:
                    store.failed += 1
                    return self.answer(500, b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}')
                connection = http.client.HTTPConnection(target.hostname, target.port, timeout=ANSWER_LIMIT)
                connection.request("POST", self.path, body, dict(self.headers))
                found = connection.getresponse()
                content = found.read()
                connection.close()
                return self.answer(found.status, content, [("content-type", found.getheader("content-type", "application/x-amz-json-1.0"))])

        self.server = serve(Proxy)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def refused_start(bootstrap, variables):
    """Starts the program in an environment that it must refuse; its exit code and the problem that its one line names."""
    done = subprocess.run([bootstrap], env=variables, capture_output=True, text=True, timeout=INIT_LIMIT, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    problem = json.loads(lines[-1]).get("fields", {}).get("problem", "") if lines and lines[-1].startswith("{") else ""
    return done.returncode, problem


def record(number, pk, sk, name="INSERT"):
    """A stream record as a mapping delivers it, with the keys only."""
    keys = {"pk": {"S": pk}, "sk": {"S": sk}}
    return {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": {"Keys": keys, "SequenceNumber": f"{number:021}"}}
