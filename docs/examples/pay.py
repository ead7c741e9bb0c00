import json, os, urllib.error, urllib.request

URL = os.environ.get("EWALLET_HTTP", "http://127.0.0.1:7420") + "/ewallet/instruction-set"
held = {}  # client_id and session_token, once there are any


def say(action, **fields):
    body = {"controller": "client", "ctype": "action", "action": action, **fields, **held}
    asked = urllib.request.Request(URL, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        return json.load(urllib.request.urlopen(asked))
    except urllib.error.HTTPError as refusal:  # a refusal has an HTTP status of its own, and tells in JSON why
        raise SystemExit("{code}: {error}".format(**json.load(refusal)))


held["client_id"] = say("request", request="client_id")["client_id"]
held["session_token"] = say("request", request="session_token")["session_token"]
say("login", user_email=os.environ["EMAIL"], user_pass=os.environ["PASSWORD"])
# The key makes it safe to say again after a lost connection: the same key never pays twice.
paid = say("pay", pay=os.environ["PAYEE"], credits=5, idempotency_key=os.environ["KEY"])
print("Paid", paid["spent_credits"], "to", paid["paid"] + ";", paid["ewallet_credits"], "left.")
