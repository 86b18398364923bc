#!/usr/bin/env python3
"""Run a command under strace, stop it where it ends, and look for bytes in all its memory: memory_at_exit.py HEX,... COMMAND...

Prints how many bytes were looked at and how often each was found. What a process still holds where it ends, a core file
would have held, and the swap file may."""
import os, re, subprocess, sys, time

needles = [bytes.fromhex(word) for word in sys.argv[1].split(",")]
command = sys.argv[2:]
program = os.path.realpath(command[0])
arrival_s, hold_s = 120, 60
tracer = subprocess.Popen(["strace", "-f", "-q", "-o", "trace", "-e", "trace=exit_group",
                           "-e", "inject=exit_group:delay_enter=%d" % (hold_s * 1000000)] + command,
                          stdout=subprocess.DEVNULL, close_fds=False)  # a passphrase may be in one


def held():
    """The command where it is held back at its exit_group, and the status it ends with.

    strace forks children of its own, to try what the kernel can do, and those end as well: only a process that runs the
    program counts."""
    for _ in range(arrival_s * 50):
        for child in open("/proc/%d/task/%d/children" % (tracer.pid, tracer.pid)).read().split():
            try:
                if os.readlink("/proc/%s/exe" % child) != program:
                    continue
                call = open("/proc/%s/syscall" % child).read().split()
            except OSError:
                continue
            if call[0] in ("231", "94"):  # exit_group on x86-64 and on arm64
                return int(child), int(call[1], 16)
        if tracer.poll() is not None:
            sys.exit("strace ended with %d" % tracer.returncode)
        time.sleep(0.02)
    tracer.kill()
    sys.exit("the command did not come to its end in %d seconds" % arrival_s)


pid, status = held()
if status != 0:
    tracer.kill()
    sys.exit("the command failed, with status %d" % status)
looked, found = 0, [0] * len(needles)
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
