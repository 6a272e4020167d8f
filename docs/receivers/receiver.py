"""A receiver of Yimen's webhooks, for Python 3.9 without any package: SECRET=whsec_... python3 receiver.py. A start, not a product."""
import base64
import hashlib
import hmac
import json
import os
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
TOLERANCE_SECONDS = 300
BODY_BYTES_AT_MOST = 20_000

seen = set()  # yours is a table with webhook-id as its key
inbox = queue.Queue()  # and this is a queue or a table that outlives the process
lock = threading.Lock()


def is_genuine(headers, body):
    """Whether the platform has signed this, just now. During a rotation the header holds more than one signature."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isascii() or not timestamp.isdigit():
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    content = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").encode("ascii", "replace").decode().split(" ")
    # v1a (ed25519) needs a package: `cryptography` verifies it with the endpoint's whpk_ key.
    return any(hmac.compare_digest(each, f"v1,{expected}") for each in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        if length > BODY_BYTES_AT_MOST:
            return self.answer(413)
        body = self.rfile.read(length)
        if not is_genuine(self.headers, body):
            return self.answer(401)
        # Keep it and say so: what takes longer comes later, or the platform sends it again after 15 seconds.
        message_id = self.headers["webhook-id"]
        with lock:
            if message_id not in seen:
                inbox.put(body)
            seen.add(message_id)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def work():
    """Takes events one by one; those whose sequence is not newer than what you know of the case are to be ignored."""
    while True:
        event = json.loads(inbox.get())
        print(event["type"], event["subject"], event["sequence"], flush=True)


if __name__ == "__main__":
    threading.Thread(target=work, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
