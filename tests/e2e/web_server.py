"""A web server for the tests of sources: web_server.py PORT LOG FOLDER.

Serves FOLDER, with an ETag and 304, and writes one line a request to LOG: method, path, and what
the request carried of Authorization and If-None-Match. Beside the files there are

  /to?URL       a redirect to URL
  /moved/HOST/… a redirect to the same below http://HOST/, query and all
  /locked/...   FOLDER/..., for `Authorization: Bearer open` or the user of Basic `open` only
  /endless      bytes without end
  /large        an answer that announces a petabyte
"""
import base64
import hashlib
import http.server
import os
import sys

PORT, LOG, FOLDER = int(sys.argv[1]), sys.argv[2], sys.argv[3]
TOKENS = ("Bearer open", "Basic " + base64.b64encode(b"x-access-token:open").decode())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET" and status != 304:
            self.wfile.write(body)

    def endless(self):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"\0" * 65536)
        except OSError:
            self.close_connection = True

    def large(self):
        self.send_response(200)
        self.send_header("Content-Length", str(10**15))
        self.end_headers()
        self.close_connection = True

    def file(self, path):
        try:
            with open(FOLDER + path, "rb") as file:
                body = file.read()
        except OSError:
            return self.answer(404)
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, [("ETag", tag)])
        return self.answer(200, [("ETag", tag)], body)

    def do_GET(self):
        sent = self.headers.get("Authorization", "-")
        with open(LOG, "a") as log:
            log.write("%s %s auth=%s tag=%s\n" % (self.command, self.path, sent,
                                                  self.headers.get("If-None-Match", "-")))
        path, _, query = self.path.partition("?")
        if path == "/to":
            return self.answer(302, [("Location", query)])
        if path.startswith("/moved/"):
            return self.answer(302, [("Location", "http://" + self.path[len("/moved/"):])])
        if path == "/endless":
            return self.endless()
        if path == "/large":
            return self.large()
        if path.startswith("/locked/"):
            if sent not in TOKENS:
                return self.answer(401, [("WWW-Authenticate", "Basic realm=x")])
            path = path[len("/locked"):]
        return self.file(path)

    do_HEAD = do_GET


os.chdir("/")
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
