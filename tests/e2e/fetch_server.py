"""A file server that misbehaves on request: fetch_server.py FOLDER REQUESTS-LOG

GET /FILE?WAY[&secret...]: ways are ok, cut (closes the connection half way, once a file), cutall (always), noranges,
403, 500, 500once, long (one byte more, without a length), endless.
"""
import http.server
import os
import re
import sys

folder, log = sys.argv[1], sys.argv[2]
seen = set()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        name, _, query = self.path.partition("?")
        way = query.split("&")[0]
        again, key = (name, way) in seen, (name, way)
        seen.add(key)
        ranges = self.headers.get("Range")
        with open(log, "a", encoding="ascii") as out:
            print(way, ranges or "-", file=out)
        if way in ("403", "500") or (way == "500once" and not again):
            self.send_response(403 if way == "403" else 500)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        path = folder + name
        size = os.path.getsize(path)
        start = int(re.match(r"bytes=(\d+)-", ranges).group(1)) if ranges and way != "noranges" else 0
        self.send_response(206 if start else 200)
        if way in ("long", "endless"):
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(size - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        left = size - start
        if way == "cutall" or (way in ("cut", "noranges") and not again):
            left //= 2
            self.close_connection = True
        try:
            with open(path, "rb") as file:
                file.seek(start)
                while left > 0:
                    piece = file.read(min(left, 1 << 16))
                    self.wfile.write(piece)
                    left -= len(piece)
            while way == "endless":
                self.wfile.write(bytes(1 << 16))
            if way == "long":
                self.wfile.write(b"x")
        except OSError:
            self.close_connection = True


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
