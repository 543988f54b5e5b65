"""A collector of traces for the tests: collector.py PORT_FILE LOG.

Takes OTLP over HTTP in JSON and writes one JSON object a request to LOG: path, headers (names in
lower case) and the document. A request is checked as a strict reader of the protocol does, and one
that is wrong is answered 400 and logged with "wrong".

  /v1/traces          taken
  /refuse/v1/traces   500
  /partial/v1/traces  taken, but for two spans
  /hang/v1/traces     no answer
"""
import http.server
import json
import os
import re
import sys
import threading
import time

PORT_FILE, LOG = sys.argv[1:]
lock = threading.Lock()


def check(condition, what):
    if not condition:
        raise ValueError(what)


def check_attributes(attributes):
    check(len({a["key"] for a in attributes}) == len(attributes), "a key twice")
    for attribute in attributes:
        check(set(attribute) == {"key", "value"} and len(attribute["value"]) == 1, attribute)
        kind, value = next(iter(attribute["value"].items()))
        kinds = {"stringValue": str, "boolValue": bool, "intValue": str, "doubleValue": float}
        check(kind in kinds and isinstance(value, kinds[kind]), attribute)
        check(kind != "intValue" or re.fullmatch(r"-?\d+", value), attribute)


def check_span(span):
    known = {"traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano",
             "endTimeUnixNano", "attributes", "status"}
    check(set(span) <= known, f"unknown: {set(span) - known}")
    check(re.fullmatch(r"[0-9a-f]{32}", span["traceId"]), "traceId")
    for key in ("spanId", "parentSpanId"):
        check(key not in span or re.fullmatch(r"[0-9a-f]{16}", span[key]), key)
    check(span["name"] and span["kind"] in range(1, 6), "name or kind")
    for key in ("startTimeUnixNano", "endTimeUnixNano"):
        check(isinstance(span[key], str) and abs(int(span[key]) / 1e9 - time.time()) < 600, key)
    check(int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]), "it ends too early")
    check_attributes(span["attributes"])
    check(span["status"].get("code", 0) in (0, 1, 2), "status")


def check_document(document):
    check(set(document) == {"resourceSpans"}, "more than resourceSpans")
    ids = []
    for of_resource in document["resourceSpans"]:
        check_attributes(of_resource["resource"]["attributes"])
        for of_scope in of_resource["scopeSpans"]:
            for span in of_scope["spans"]:
                check_span(span)
                ids.append(span["spanId"])
    check(len(set(ids)) == len(ids), "two spans of one id")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        entry = {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}
        try:
            check(self.headers["Content-Type"] == "application/json", "type")
            entry["document"] = json.loads(body)
            check_document(entry["document"])
        except (ValueError, KeyError, TypeError) as error:
            entry["wrong"] = repr(error)
        with lock, open(LOG, "a") as log:
            log.write(json.dumps(entry) + "\n")
        if self.path.startswith("/hang/"):
            time.sleep(60)
        answer = {}
        if self.path.startswith("/partial/"):
            answer = {"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too many spans"}}
        status = 400 if "wrong" in entry else 500 if self.path.startswith("/refuse/") else 200
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
with open(PORT_FILE + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
