"""A door in Python, for comparison: the signature over the raw body, one conditional put, an answer. What Dayzero does besides (two live
secrets, compression, sealing under a key of its own, which is a second write) it leaves out."""
import hashlib
import hmac
import os

import boto3
from botocore.exceptions import ClientError

dynamodb = boto3.client("dynamodb")
SECRET = os.environ["WEBHOOK_SECRET"].encode()


def handler(event, _context):
    body = (event.get("body") or "").encode()
    presented = event.get("headers", {}).get("x-hub-signature-256", "")
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(presented.encode(), expected.encode()):
        return {"statusCode": 401, "body": "refused"}
    item = {"pk": {"S": "delivery#meta#" + hashlib.sha256(body).hexdigest()}, "sk": {"S": "raw"}, "body": {"B": body}}
    try:
        dynamodb.put_item(TableName="dayzero", Item=item, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    return {"statusCode": 200, "body": "stored"}
