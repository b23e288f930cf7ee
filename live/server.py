"""The page on this machine alone: a server that listens on 127.0.0.1 and hands out the files of one folder."""

import functools
import http.server
import pathlib
import threading

from live.problems import Problem

HOST = "127.0.0.1"
SERVED = {"/", "/index.html", "/live.json"} | {
    f"/assets/{name}" for name in ("site.css", "live.css", "live.js")
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """What a page needs, and nothing that lies beside it."""

    def do_GET(self):
        path = self.path.partition("?")[0]
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host")
        # A page of another site whose name points here must not read this one.
        if host not in (HOST, "localhost") or path not in SERVED:
            self.send_error(404)
            return
        super().do_GET()

    do_HEAD = do_GET

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path):
        self.send_error(404)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    """A browser that goes away in the middle of an answer is no error."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def start(folder: pathlib.Path, port: int) -> http.server.ThreadingHTTPServer:
    """Serves the folder from a thread of its own until `shutdown`."""
    try:
        serving = Server((HOST, port), functools.partial(Handler, directory=str(folder)))
    except OSError as error:
        raise Problem(
            f"Port {port} of this machine cannot be used ({error.strerror}). Is make live running "
            "already? Else take another: make live PORT=<number>."
        ) from error
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    return serving
