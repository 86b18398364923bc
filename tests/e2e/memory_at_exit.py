#!/usr/bin/env python3
"""Run a command under strace, stop it where it ends, and look for bytes in all its memory: memory_at_exit.py HEX,... COMMAND...

Prints how many bytes were looked at and how often each was found. What a process still holds where it ends, a core file
would have held, and the swap file may."""
import os, re, subprocess, sys, time

needles = [bytes.fromhex(word) for word in sys.argv[1].split(",")]
held_ms = 20000
tracer = subprocess.Popen(["strace", "-f", "-q", "-o", "trace", "-e", "trace=exit_group",
                           "-e", "inject=exit_group:delay_enter=%d" % (held_ms * 1000)] + sys.argv[2:],
                          stdout=subprocess.DEVNULL, close_fds=False)  # a passphrase may be in one


def held():
    """The process whose exit_group is held back: its answer is waited for, and its files are still open."""
    for _ in range(held_ms // 20):
        for child in open("/proc/%d/task/%d/children" % (tracer.pid, tracer.pid)).read().split():
            if os.path.exists("trace") and "exit_group" in open("trace").read():
                return int(child)
            try:
                number = open("/proc/%s/syscall" % child).read().split()[0]
            except OSError:
                continue
            if number in ("231", "94"):  # exit_group on x86-64 and on arm64
                return int(child)
        time.sleep(0.02)
    sys.exit("the command did not come to its end")


pid, looked, found = held(), 0, [0] * len(needles)
status = open("/proc/%d/syscall" % pid).read().split()[1]
if int(status, 16) != 0:
    sys.exit("the command failed, with status %d" % int(status, 16))
for line in open("/proc/%d/maps" % pid):
    begin, end, readable = re.match(r"([0-9a-f]+)-([0-9a-f]+) (.)", line).groups()
    size = int(end, 16) - int(begin, 16)
    if readable != "r" or size > 1 << 28 or "[v" in line:  # a sanitizer's shadow is larger, and holds no data
        continue
    try:
        with open("/proc/%d/mem" % pid, "rb") as memory:
            memory.seek(int(begin, 16))
            content = memory.read(size)
    except OSError:
        continue
    looked += len(content)
    for i, needle in enumerate(needles):
        found[i] += content.count(needle)
os.kill(pid, 9)
tracer.kill()  # it would hold on to the end of its delay
tracer.wait()
print(looked, *found)
