"""Run a program on a terminal of its own, answer what it asks, and write to stdout all that it showed.

Arguments: columns, rows, how many seconds nothing may be shown, then the program and its arguments. Each line of stdin is a
JSON array: a text to wait for in what has been shown since the last answer, and the keys to press then. Exits as the program
does (130 for SIGINT).
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

columns, rows, seconds = (int(word) for word in sys.argv[1:4])
answers = [json.loads(line) for line in sys.stdin]
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[4], sys.argv[4:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

deadline = time.monotonic() + seconds
fresh = b""
while time.monotonic() < deadline:
    if answers and answers[0][0].encode() in fresh:
        _, keys = answers.pop(0)
        fresh = b""
        # A prompt is shown just before it reads keys.
        time.sleep(0.05)
        os.write(terminal, keys.encode())
    if not select.select([terminal], [], [], 0.05)[0]:
        continue
    try:
        shown = os.read(terminal, 65536)
    except OSError:
        break
    if not shown:
        break
    fresh += shown
    deadline = time.monotonic() + seconds
    sys.stdout.buffer.write(shown)
    sys.stdout.buffer.flush()
else:
    os.kill(child, 9)
    sys.exit(f"timed out waiting for {answers[:1]!r}; last shown: {fresh[-500:]!r}")
_, status = os.waitpid(child, 0)
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
