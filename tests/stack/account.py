"""One AWS account and region as the tests see it: clients, and HTTP to the deployed address. An emulator is an account whose endpoint is
given. Used by everything beside it; knows nothing of Dayzero.
"""
import http.client
import ssl
import time
import urllib.parse

import boto3
import botocore.config

# Seconds that one answer over HTTP may take: longer than the API's own limit of six.
ANSWER_LIMIT = 20


class Failed(Exception):
    """What was expected and what was found, in one sentence; the step that was running is named by whoever prints it."""


class Account:
    def __init__(self, region, endpoint=None, credentials=None, profile=None):
        """`credentials` are a key's id and secret, and a session's token if it has one; without them, the environment's are used."""
        self.region, self.endpoint = region, endpoint
        given = {}
        if credentials:
            names = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
            given = dict(zip(names, credentials, strict=False))
        self.credentials = credentials
        self.session = boto3.Session(region_name=region, profile_name=profile, **given)
        self.clients = {}

    def __getattr__(self, service):
        """`account.dynamodb` is the client of DynamoDB, and so on."""
        if service.startswith("_"):
            raise AttributeError(service)
        return self.client(service)

    def client(self, service):
        if service not in self.clients:
            config = botocore.config.Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=60)
            self.clients[service] = self.session.client(service, endpoint_url=self.endpoint, config=config)
        return self.clients[service]

    def assume(self, role_arn, name="tests"):
        """The same account with the rights of one role."""
        found = self.sts.assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        credentials = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        return Account(self.region, self.endpoint, credentials)

    def environment(self):
        """What a program needs in its environment to work in this account."""
        frozen = self.session.get_credentials().get_frozen_credentials()
        variables = {
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": frozen.access_key,
            "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
        }
        if frozen.token:
            variables["AWS_SESSION_TOKEN"] = frozen.token
        if self.endpoint:
            variables["AWS_ENDPOINT_URL"] = self.endpoint
        return variables

    def ask(self, method, url, body=None, headers=None):
        """One request over HTTP and its answer: status, headers with names in lower case, body."""
        status, pairs, content = self.ask_whole(method, url, body, headers)
        return status, {name.lower(): value for name, value in pairs}, content

    def ask_whole(self, method, url, body=None, headers=None):
        """The same with every header as a pair, since one may come more than once.

        An emulator gives its APIs hostnames that no resolver knows: there the connection goes to the endpoint, and the name into `Host`."""
        parts = urllib.parse.urlsplit(url)
        sent = dict(headers or {})
        if self.endpoint:
            here = urllib.parse.urlsplit(self.endpoint)
            connection = http.client.HTTPConnection(here.hostname, here.port, timeout=ANSWER_LIMIT)
            sent["host"] = parts.netloc
        else:
            connection = http.client.HTTPSConnection(parts.netloc, timeout=ANSWER_LIMIT, context=ssl.create_default_context())
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


def wait(what, ready, limit, every=0.5):
    """Asks until there is an answer that is true; fails with `what` and the last answer's sentence after `limit` seconds.

    `ready` gives a pair: whether it is so, and what was found, for the sentence."""
    begun = time.monotonic()
    while True:
        done, found = ready()
        if done:
            return time.monotonic() - begun
        if time.monotonic() - begun > limit:
            raise Failed(f"{what} within {limit} s; found {found}")
        time.sleep(every)
