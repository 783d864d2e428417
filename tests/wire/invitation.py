#!/usr/bin/env python3
"""What `pulseline serve` shows at a terminal: a QR code that a reader no one here wrote takes for the session's link.

invitation.py PULSELINE
"""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile

SCALE = 8


def serve(pulseline, file, *options):
    """The line of JSON, and what the terminal showed until the link."""
    outer, inner = pty.openpty()
    command = [pulseline, "serve", file, "--port", "0", *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=inner)
    os.close(inner)
    line = json.loads(server.stdout.readline())
    shown = b""
    while b"#" + line["code"].encode() not in shown:
        shown += os.read(outer, 65536)
    server.send_signal(signal.SIGINT)
    assert server.wait() == 0
    return line, shown.decode()


def picture(shown, file):
    """The half blocks as a picture: dark where a block is, as the code is black on white."""
    halves = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}
    rows = []
    for line in shown.splitlines():
        if found := re.search("\x1b\\[30;107m([^\x1b]*)\x1b\\[0m", line):
            rows += zip(*(halves[block] for block in found[1]))
    assert rows, f"no QR code in {shown!r}"
    with open(file, "wb") as out:
        out.write(b"P5 %d %d 255\n" % (len(rows[0]) * SCALE, len(rows) * SCALE))
        for row in rows:
            out.write(b"".join((b"\0" if dark else b"\xff") * SCALE for dark in row) * SCALE)


def main(pulseline):
    with tempfile.TemporaryDirectory() as folder:
        line, shown = serve(pulseline, f"{folder}/a.pulse")
        picture(shown, f"{folder}/qr.pgm")
        read = subprocess.run(["zbarimg", "--quiet", "--raw", f"{folder}/qr.pgm"], capture_output=True, check=True)
        link = read.stdout.decode().strip()
        assert link == f"{line['url']}#{line['code']}", link

        line, shown = serve(pulseline, f"{folder}/b.pulse", "--public-url", "https://vote.example.org/")
        assert f"https://vote.example.org/#{line['code']}" in shown, shown
    print("the code at the terminal is the session's link")


if __name__ == "__main__":
    main(*sys.argv[1:])
