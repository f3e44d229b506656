#!/usr/bin/env python3
"""How fast a Lambda bootstrap starts as the door, in figures and never as a verdict: from its start until it asks for the first event
(init), the first delivery, the ones after it, processor time, memory and size. The real program runs as Lambda runs it, against a
loopback runtime API and loopback stand-ins for DynamoDB, KMS and Secrets Manager behind TLS, each under a name of its own, so that the
program opens the three connections that it opens on AWS. What is missing is the network and Lambda's own start. Needs `openssl`.

`tests/bench/run` measures other programs in the same way, each a `Program`.
"""
import argparse
import asyncio
import base64
import dataclasses
import gzip
import hashlib
import hmac
import json
import multiprocessing
import os
import pathlib
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import zlib

SECRET = "a-secret-of-this-measurement"
DOORS = {
    "meta": {"provider": "meta", "secret": "dayzero/meta", "only_account": None},
    "forum": {"provider": "forum", "secret": "dayzero/forum", "only_account": None},
}
# The system's certificates, so that the trust store is as large as it is on Lambda.
SYSTEM_CERTIFICATES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
# Where the stand-in for KMS listens; the others are at 127.0.0.1 and `localhost`.
KMS = "127.0.0.2"
# Deliveries before the warm ones are measured.
SETTLING = 50
PATIENCE = 20


async def requests(reader):
    """Every request of one connection: method, path, headers, body."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        line, *fields = head.decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b"".join([chunk async for chunk in chunks(reader)])
        else:
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = line.split(" ", 2)
        yield method, path, headers, body


async def chunks(reader):
    """The pieces of a body that comes in pieces; nothing is expected after the last."""
    while size := int((await reader.readline()).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readline()
    await reader.readline()


def answer(status, body=b"", headers=None):
    fields = {"content-length": str(len(body)), "content-type": "application/json"} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Aws:
    """Stand-ins for DynamoDB, KMS and Secrets Manager in a process of their own; they know what the door asks and nothing else."""

    def __init__(self, certificate, key):
        self.calls, ports = multiprocessing.Array("l", 2), multiprocessing.Queue()
        self.process = multiprocessing.Process(target=self.run, args=(certificate, key, ports), daemon=True)
        self.process.start()
        self.port = ports.get(timeout=PATIENCE)

    def run(self, certificate, key, ports):
        asyncio.run(self.serve(certificate, key, ports))

    async def serve(self, certificate, key, ports):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        # KMS is at an address of its own.
        kms = await asyncio.start_server(self.connection, KMS, port, ssl=tls)
        ports.put(port)
        await asyncio.gather(server.serve_forever(), kms.serve_forever())

    async def connection(self, reader, writer):
        self.calls[0] += 1
        async for _, _, headers, body in requests(reader):
            self.calls[1] += 1
            said = json.dumps(self.said(headers.get("x-amz-target", ""), body)).encode()
            writer.write(answer("200 OK", said, {"x-amz-crc32": str(zlib.crc32(said)), "x-amzn-requestid": "local"}))
        writer.close()

    def said(self, target, body):
        if target.endswith(".GenerateDataKey"):
            return {"KeyId": "key", "Plaintext": base64.b64encode(bytes(32)).decode(), "CiphertextBlob": "c2VhbGVk"}
        # Of the table of keys nothing is kept here: each start makes its wrapping key.
        if target.endswith(".GetItem") and json.loads(body)["TableName"] == "dayzero":
            directory = json.dumps({"revision": 1, "active": {"campaign": 1}, "doors": DOORS})
            return {"Item": {"pk": {"S": "protocols"}, "sk": {"S": "active"}, "revision": {"N": "1"}, "directory": {"S": directory}}}
        if target.endswith(".GetSecretValue"):
            name = json.loads(body)["SecretId"]
            forum = "whsec_" + "c2VjcmV0" * 4
            return {"Name": name, "SecretString": forum if name.endswith("forum") else SECRET}
        return {}


class Runtime:
    """Lambda's runtime API for one process: hands out one event at a time and times its answer."""

    def __init__(self):
        self.asked, self.events, self.answers = asyncio.Event(), asyncio.Queue(), asyncio.Queue()
        self.asked_at = self.handed_at = None

    async def start(self):
        self.server = await asyncio.start_server(self.connection, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def connection(self, reader, writer):
        async for method, path, _, body in requests(reader):
            now = time.perf_counter()
            if method == "GET" and path.endswith("/invocation/next"):
                if not self.asked.is_set():
                    self.asked_at = now
                    self.asked.set()
                handed = await self.events.get()
                if handed is None:
                    break
                number, event = handed
                headers = {
                    "lambda-runtime-aws-request-id": f"00000000-0000-4000-8000-{number:012d}",
                    "lambda-runtime-deadline-ms": str(int(time.time() * 1000) + 10_000),
                    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-west-1:000000000000:function:receive",
                }
                self.handed_at = time.perf_counter()
                writer.write(answer("200 OK", event, headers))
            else:
                self.answers.put_nowait((path.rsplit("/", 1)[1], now, body))
                writer.write(answer("202 Accepted"))
        writer.close()

    async def invoke(self, number):
        """One delivery; gives the milliseconds until the answer was here."""
        self.events.put_nowait((number, delivery(number)))
        kind, at, body = await asyncio.wait_for(self.answers.get(), PATIENCE)
        if kind != "response" or json.loads(body).get("body") != "stored":
            raise SystemExit(f"the bootstrap answered {kind} {body[:300]!r}, expected stored")
        return (at - self.handed_at) * 1000


def delivery(number):
    """A signed comment as API Gateway's HTTP API hands it over, payload 2.0."""
    value = {"item": "comment", "verb": "add", "comment_id": f"1_{number}", "message": "Sinds ik Norvexa slik heb ik hartkloppingen"}
    body = json.dumps({"object": "page", "entry": [{"id": "1", "time": 1760000000, "changes": [{"field": "feed", "value": value}]}]})
    mac = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    path = "/webhooks/meta"
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "measurement"}
    context = {"accountId": "000000000000", "apiId": "a", "domainName": "hooks.example", "http": http, "requestId": f"r{number}",
               "routeKey": "$default", "stage": "$default", "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1773342238000}
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={mac}"}
    return json.dumps({"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
                       "requestContext": context, "body": body, "isBase64Encoded": False}).encode()


def certificates(folder):
    """A certificate for this machine's names, its key, and the system's trust store with the authority that signed it."""
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new_key, "-days", "2", "-subj", "/CN=measurement", "-keyout", "ca.key", "-out", "ca.pem",
            "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", *new_key, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
    (folder / "names").write_text(f"subjectAltName=DNS:localhost,IP:127.0.0.1,IP:{KMS}\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "cert.pem")
    system = next((pathlib.Path(path).read_text() for path in SYSTEM_CERTIFICATES if os.path.exists(path)), "")
    (folder / "trust.pem").write_text(system + (folder / "ca.pem").read_text())
    return folder / "cert.pem", folder / "key.pem", folder / "trust.pem"


@dataclasses.dataclass
class Program:
    """What is started: its command line, and what it needs in its environment besides Lambda's own variables."""
    command: list[str]
    environment: dict[str, str] = dataclasses.field(default_factory=dict)


def environment(runtime_port, aws_port, trust):
    return {
        "PATH": os.environ["PATH"], "_HANDLER": "receive", "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "receive", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_GROUP_NAME": "receive", "AWS_LAMBDA_LOG_STREAM_NAME": "receive", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "token", "SSL_CERT_FILE": str(trust),
        "DAYZERO_KMS_KEY": "arn:aws:kms:eu-west-1:000000000000:key/measurement",
        # Three names, as on AWS, where each service has its own and needs its own connection.
        "AWS_ENDPOINT_URL_DYNAMODB": f"https://localhost:{aws_port}",
        "AWS_ENDPOINT_URL_KMS": f"https://{KMS}:{aws_port}",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"https://127.0.0.1:{aws_port}",
    }


def processor_ms(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def peak_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


async def trial(program, aws, trust, figures, warm):
    """One start, its first delivery and, with `warm`, that many more."""
    runtime, logs = Runtime(), trust.with_name("logs")
    env = environment(await runtime.start(), aws.port, trust) | program.environment
    begun = time.perf_counter()
    with open(logs, "wb") as output:
        process = await asyncio.create_subprocess_exec(*program.command, env=env, stdout=output, stderr=output)
    try:
        asked, ended = asyncio.ensure_future(runtime.asked.wait()), asyncio.ensure_future(process.wait())
        await asyncio.wait([asked, ended], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not runtime.asked.is_set():
            said = logs.read_text(errors="replace")[-500:]
            raise SystemExit(f"{program.command[0]} did not ask for an event (exit code {process.returncode}): {said}")
        figures["init"].append((runtime.asked_at - begun) * 1000)
        figures["first delivery"].append(await runtime.invoke(1))
        figures["processor to the first"].append(processor_ms(process.pid))
        figures["peak memory after the first, MB"].append(peak_mb(process.pid))
        if not warm:
            return
        for number in range(2, 2 + SETTLING):
            await runtime.invoke(number)
        before, logged = processor_ms(process.pid), logs.stat().st_size
        figures["warm"] = [await runtime.invoke(number) for number in range(1000, 1000 + warm)]
        figures["processor"] = (processor_ms(process.pid) - before) / warm
        figures["logged"] = (logs.stat().st_size - logged) / warm
        figures["peak"] = peak_mb(process.pid)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        runtime.server.close()
        # Ends the connection that still waits for an event, and lets it end before the loop does.
        runtime.events.put_nowait(None)
        await asyncio.sleep(0.01)


def report(args, figures, calls):
    print(f"start.py {' '.join(sys.argv[1:])}")
    size, packed = os.path.getsize(args.bootstrap), len(gzip.compress(pathlib.Path(args.bootstrap).read_bytes(), 9))
    init, first = figures["init"], figures["first delivery"]
    rows = [("init", init), ("first delivery", first), ("init and first delivery", [a + b for a, b in zip(init, first)])]
    print(f"  {args.cold} starts over TLS, {calls[0]} connections and {calls[1]} calls to AWS in all")
    for name, values in rows:
        print(f"  {name:<34}{statistics.median(values):>8.1f} ms in the middle, {min(values):.1f} to {max(values):.1f}")
    ordered = sorted(figures["warm"])
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"  {'warm delivery':<34}{p50:>8.2f} ms p50, {p99:.2f} ms p99  ({len(ordered)})")
    print(f"  {'processor time of a delivery':<34}{figures['processor']:>8.2f} ms")
    after_first = max(figures["peak memory after the first, MB"])
    print(f"  {'logs of a delivery':<34}{figures['logged']:>8.0f} bytes")
    print(f"  {'peak memory':<34}{figures['peak']:>8.1f} MB, {after_first:.1f} after the first delivery")
    print(f"  {'size':<34}{size / 1e6:>8.1f} MB, {packed / 1e6:.1f} MB gzipped")


async def trials(program, aws, trust, cold, warm):
    figures = {"init": [], "first delivery": [], "processor to the first": [], "peak memory after the first, MB": []}
    for number in range(cold):
        await trial(program, aws, trust, figures, warm if number == cold - 1 else 0)
    return figures


def measure(made, cold, warm):
    """Figures of that many starts of a program, with warm deliveries after the last; the connections and calls to AWS that they made.
    `made` gives the program, told where the authorities are that it has to trust."""
    if shutil.which("openssl") is None:
        raise SystemExit("openssl is not there; it makes the certificate for the loopback TLS")
    with tempfile.TemporaryDirectory(prefix="dayzero-start-") as folder:
        certificate, key, trust = certificates(pathlib.Path(folder))
        aws = Aws(certificate, key)
        try:
            return asyncio.run(trials(made(trust), aws, trust, cold, warm)), list(aws.calls)
        finally:
            aws.process.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bootstrap", help="the program, built for Lambda: cargo build --release --no-default-features")
    parser.add_argument("--cold", type=int, default=20, metavar="N", help="starts (default: %(default)s)")
    parser.add_argument("--warm", type=int, default=500, metavar="N", help="deliveries after the last start (default: %(default)s)")
    args = parser.parse_args()
    args.bootstrap = str(pathlib.Path(args.bootstrap).resolve())
    figures, calls = measure(lambda _: Program([args.bootstrap]), args.cold, args.warm)
    report(args, figures, calls)


if __name__ == "__main__":
    main()
