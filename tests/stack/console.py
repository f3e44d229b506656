"""People at the console of a deployed stack: they sign in at a real OpenID provider on loopback, by HTTP alone and as a browser would, and acknowledge.
The pages themselves are tried in a browser by `tests/browser`, whose provider this is. Called by `deployed.py`.
"""
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import urllib.parse

import account

BROWSER = pathlib.Path(__file__).resolve().parent.parent / "browser"
# The console's own address. Nothing answers there: `Person` brings what is meant for it to the deployed API.
ORIGIN = "https://console.example"
# As the record names her: what the provider calls her, and what tells her from others of that name.
ANNA = "Anna de Vries (anna@pharma.example)"
CLIENT = "dayzero"
SECRET = "sign-in/dayzero"
ROLES = "safety=Drug Safety,quality=QA,webcare=Webcare,auditor=Auditors,administrator=Administrators"
# Redirects that one sign-in may take; it takes about eight.
REDIRECTS = 20
START_LIMIT = 60


def is_there(template):
    """Whether a template deploys a console that people can sign in to."""
    return "SignInIssuer" in template["Parameters"] and BROWSER.exists()


class Provider:
    """The provider's process, and who can sign in there."""

    def __init__(self, folder):
        self.folder, self.process = pathlib.Path(folder), None

    def start(self):
        if not shutil.which("node") or not shutil.which("npm"):
            raise account.Failed("node or npm is missing, which the provider of the sign-in needs: install the packages nodejs (20 or newer) and npm")
        self.install()
        command = ["node", str(BROWSER / "provider.mjs"), "--redirect", f"{ORIGIN}/sign-in/callback", "--client-id", CLIENT]
        with open(self.folder / "provider.log", "wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        said = json.loads(self.process.stdout.readline() or b"{}")
        if "issuer" not in said:
            raise account.Failed(f"the provider of the sign-in did not start; its log is {self.folder / 'provider.log'}")
        self.issuer, self.secret, self.password = said["issuer"], said["client_secret"], said["password"]

    @staticmethod
    def install():
        # The stamp is the list that was installed, as in tests/browser/run.
        wanted, stamp = (BROWSER / "package-lock.json").read_bytes(), BROWSER / "node_modules" / ".installed.json"
        if stamp.exists() and stamp.read_bytes() == wanted:
            return
        command = ["npm", "ci", "--prefix", str(BROWSER), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        if subprocess.run(command, check=False).returncode != 0:
            raise account.Failed("the packages of tests/browser could not be installed")
        stamp.write_bytes(wanted)

    def parameters(self):
        """What a deployment has to be told of it."""
        named = {"ReviewSignIn": "oidc", "SignInIssuer": self.issuer, "SignInClientId": CLIENT, "SignInSecretName": SECRET}
        return {**named, "SignInRoles": ROLES, "SignInRolesClaim": "groups", "ConsoleUrl": ORIGIN}

    def keep_secret(self, held):
        held.secretsmanager.create_secret(Name=SECRET, SecretString=self.secret)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()


class Person:
    """Somebody with a browser: cookies by origin, redirects followed, forms posted."""

    def __init__(self, held, api, login, password):
        """`api` is the address of the deployed API, which answers for the console."""
        self.account, self.api, self.login, self.password = held, api.rstrip("/"), login, password
        self.cookies = {}

    def ask(self, method, url, form=None, body=None):
        """One request and its answer: status, headers as pairs, text."""
        parts = urllib.parse.urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.get(origin, {}).items())
        headers = {"cookie": held} if held else {}
        sent = None
        if form is not None:
            sent, headers["content-type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        if body is not None:
            sent, headers["content-type"] = json.dumps(body).encode(), "application/json"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if origin == ORIGIN:
            status, pairs, text = self.account.ask_whole(method, self.api + path, sent, headers)
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=account.ANSWER_LIMIT)
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            status, pairs, text = answer.status, answer.getheaders(), answer.read()
            connection.close()
        self._remember(origin, pairs)
        return status, pairs, text.decode("utf-8", "replace")

    def _remember(self, origin, pairs):
        jar = self.cookies.setdefault(origin, {})
        for name, value in pairs:
            if name.lower() != "set-cookie":
                continue
            cookie, *attributes = [part.strip() for part in value.split(";")]
            key, _, content = cookie.partition("=")
            ends = any(attribute.lower() == "max-age=0" or "1970" in attribute for attribute in attributes)
            if ends or not content:
                jar.pop(key, None)
            else:
                jar[key] = content

    def sign_in(self):
        """From the console to the provider and back; the last answer, which is the console's."""
        url, form = f"{ORIGIN}/", None
        for _ in range(REDIRECTS):
            status, pairs, text = self.ask("POST" if form else "GET", url, form)
            where = next((value for name, value in pairs if name.lower() == "location"), None)
            form = None
            if where:
                url = urllib.parse.urljoin(url, where)
            elif "/interaction/" in url:
                form = {"login": self.login, "password": self.password}
            else:
                return status, text
        raise account.Failed(f"{self.login} was sent from address to address {REDIRECTS} times and did not arrive")

    def api_call(self, method, path, body=None):
        status, _, text = self.ask(method, f"{ORIGIN}{path}", body=body)
        return status, json.loads(text) if text.startswith("{") else {}


def acknowledged(run, provider, key):
    """Somebody of drug safety signs in, finds a comment, reads it and acknowledges; others may not, and a session that has ended is none."""
    one = run.stack
    api = one.outputs["WebhookBaseUrl"].removesuffix("webhooks/")
    person = lambda login: Person(run.account, api, login, provider.password)
    stranger = person("nobody")
    status, _ = stranger.api_call("GET", f"/api/comments/{key}")
    expect("a comment asked for without signing in", status, 401)
    anna, audra = person("anna"), person("audra")
    for who in (anna, audra):
        status, _ = who.sign_in()
        expect(f"the way back of {who.login}", status, 200)
    status, found = anna.api_call("GET", f"/api/comments/{key}")
    expect("a comment asked for by drug safety", status, 200)
    status, _ = audra.api_call("POST", f"/api/comments/{key}/acknowledge", {})
    expect("an acknowledgement by an auditor, who only reads", status, 403)
    status, _ = anna.api_call("POST", f"/api/comments/{key}/acknowledge", {})
    expect("an acknowledgement by drug safety", status, 200)
    by = [what["by"] for entry, what in one.entries() if entry == key and what["kind"] == "acknowledged"]
    if by != [ANNA]:
        raise account.Failed(f"the record {key} was acknowledged by {by}, expected {ANNA}")
    sign_out(anna)
    status, _ = anna.api_call("GET", f"/api/comments/{key}")
    expect("a comment asked for after signing out", status, 401)
    return f"{key} in the console by {ANNA}, who signed in and out at the provider; refused: nobody signed in, an auditor, a session that had ended"


def sign_out(person):
    """By the form that stands on every page."""
    held = dict(person.cookies[ORIGIN])
    _, _, page = person.ask("GET", f"{ORIGIN}/")
    form = re.search(r'<form[^>]*action="(/sign-out[^"]*)".*?</form>', page, re.S)
    if not form:
        raise account.Failed("the queue's page has no form to sign out with")
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[0]))
    person.ask("POST", f"{ORIGIN}{form[1]}", form=fields)
    # As if somebody had copied the cookie before: the session itself must have ended.
    person.cookies[ORIGIN] = held


def expect(what, found, expected):
    if found != expected:
        raise account.Failed(f"{what} was answered {found}, expected {expected}")
