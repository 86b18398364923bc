"""Run a program on a terminal of its own, answer its prompts, or send it a signal at the first of them.

usage: prompts_pty.py answer TEXT... -- PROGRAM ARGUMENT...    each TEXT is typed at the next prompt
       prompts_pty.py signal NAME -- PROGRAM ARGUMENT...       the signal goes to the process that asks, and to no other
       prompts_pty.py type CODE -- PROGRAM ARGUMENT...         a control character is typed, such as 3 for ^C

Prints what the terminal showed, whether it echoes afterwards, and how the program ended."""
import os
import pty
import select
import signal
import sys
import termios

SECONDS = 60


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def main():
    cut = sys.argv.index("--")
    how, what, command = sys.argv[1], sys.argv[2:cut], sys.argv[cut + 1:]
    master, slave = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.close(os.open(os.ttyname(slave), os.O_RDWR))  # becomes the controlling terminal
        for fd in (1, 2):
            os.dup2(slave, fd)
        os.execvp(command[0], command)

    shown = b""
    answered = 0
    while True:
        ready, _, _ = select.select([master], [], [], 0.1)
        if ready:
            shown += os.read(master, 4096)
            tail = shown[answered:]
            if tail.rstrip(b" ").endswith((b":", b"?")) or b"[y/N]" in tail[-8:]:
                answered = len(shown)
                if how == "answer" and what:
                    os.write(master, what.pop(0).encode() + b"\n")
                elif how == "signal" and what:
                    os.kill(pid, getattr(signal, what.pop(0)))
                elif how == "type" and what:
                    os.write(master, bytes([int(what.pop(0))]))
            continue
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
    while select.select([master], [], [], 0)[0]:
        shown += os.read(master, 4096)
    sys.stdout.write(shown.decode(errors="replace").replace("\r\n", "\n"))
    print(f"\nechoes={echoes(slave)} status={os.waitstatus_to_exitcode(status)}")


signal.alarm(SECONDS)
main()
