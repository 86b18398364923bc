"""A TPM that is no device: becomes swtpm, at one end of a pseudo terminal, whose other end is used as a device is, without
a socket. Its name is written to a file.

    tpm_device.py STATE-FOLDER NAME-FILE
"""
import os
import pty
import sys
import tty

state, name = sys.argv[1:]
master, device = pty.openpty()
for end in master, device:  # both stay open: a terminal without a user ends
    tty.setraw(end)
    os.set_inheritable(end, True)
with open(name + ".new", "w") as f:
    f.write(os.ttyname(device))
os.rename(name + ".new", name)
os.execvp("swtpm", ["swtpm", "chardev", "--tpm2", "--fd", str(master), "--tpmstate", "dir=" + state, "--flags",
                    "not-need-init,startup-clear"])
