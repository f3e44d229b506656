"""MiniStack, the AWS emulator, as a process of the test: started in an environment of its own, on loopback and a free port, with IAM enforced;
its functions are real processes, found and killed by role. Everything it started ends with it. Called by `deployed.py`.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import account

REGION = "eu-west-1"
# The emulator's administrator. It opens nothing but this emulator.
ADMINISTRATOR = ("emulator-administrator", "opens-this-emulator-only")
# Seconds until it has to answer: it loads every service's model first.
START_LIMIT = 60
STOP_LIMIT = 10
# What the emulator's log says of an invocation whose process ended under it.
CUT_OFF = b"Runtime exited before returning a response"


class Emulator:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "emulator.log"
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.process = None

    def environment(self):
        """Nothing of the caller's environment: functions inherit this one, and must find in it what Lambda would give them and no more."""
        scratch = self.folder / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "LANG": "C.UTF-8",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "localhost",
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ADMINISTRATOR[0],
            "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR[1],
            "AUTH": "true",
            # It would listen for devices on every address of the machine.
            "IOT_MTLS_ENABLED": "0",
            "S3_DATA_DIR": str(scratch / "s3"),
            "STATE_DIR": str(scratch / "state"),
        }

    def start(self):
        """Starts it and waits until it answers; gives the account."""
        program = pathlib.Path(sys.executable).parent / "ministack"
        with open(self.log, "wb") as log:
            # A session of its own: Ctrl-C at the terminal reaches the test, which then ends it in order.
            self.process = subprocess.Popen([program], stdout=log, stderr=log, env=self.environment(), start_new_session=True)
        begun = time.monotonic()
        while not self.answers():
            if self.process.poll() is not None:
                raise account.Failed(f"the emulator ended with exit code {self.process.returncode}; its log is {self.log}")
            if time.monotonic() - begun > START_LIMIT:
                raise account.Failed(f"the emulator did not answer within {START_LIMIT} s; its log is {self.log}")
            time.sleep(0.1)
        return account.Account(REGION, self.endpoint, ADMINISTRATOR)

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def functions(self):
        """The running function processes: pairs of a process id and the role it plays."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if self.process is None or parent != self.process.pid:
                    continue
                variables = (entry / "environ").read_bytes().split(b"\0")
            except (OSError, IndexError, ValueError):
                continue  # it ended meanwhile
            role = next((name[len(b"_HANDLER=") :].decode() for name in variables if name.startswith(b"_HANDLER=")), None)
            if role:
                found.append((int(entry.name), role))
        return found

    def kill(self, role, hold):
        """Ends every process of one function as a power cut would, after it has stood still for `hold` seconds: whoever is at work stops there,
        and what comes meanwhile is taken and never begun. How many processes there were."""
        struck = [pid for pid, found in self.functions() if found == role]
        for kind in (signal.SIGSTOP, signal.SIGKILL):
            for pid in struck:
                try:
                    os.kill(pid, kind)
                except ProcessLookupError:
                    pass  # it ended by itself
            time.sleep(hold if kind == signal.SIGSTOP and struck else 0)
        return len(struck)

    def cut_off(self):
        """How many invocations ended because their process did, by the emulator's own account."""
        return self.log.read_bytes().count(CUT_OFF)

    def stop(self):
        """Ends it and every process that it started."""
        if self.process is None:
            return
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, kind)
            except ProcessLookupError:
                break
            try:
                self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                continue
        self.process = None
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
