# Runs a command on a terminal of its own and does what it is told on stdin, one JSON array a line: ["keys", text],
# ["size", rows, columns], ["signal", number]. What the command writes goes to stdout; the last line of stderr is JSON: the
# exit code, and whether the terminal was left as it was found.
import fcntl, json, os, pty, select, struct, sys, termios

def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

pid, master = pty.fork()
if pid == 0:
    size(0, 24, 80)
    os.execvp(sys.argv[1], sys.argv[1:])
before = termios.tcgetattr(master)
told = b""
open_fds = [master, 0]
while master in open_fds:
    for fd in select.select(open_fds, [], [])[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            data = b""
        if data == b"":
            open_fds.remove(fd)
        elif fd == master:
            os.write(1, data)
        else:
            told += data
            *lines, told = told.split(b"\n")
            for line in lines:
                verb, *rest = json.loads(line)
                if verb == "keys":
                    os.write(master, rest[0].encode())
                elif verb == "size":
                    size(master, *rest)
                elif verb == "signal":
                    os.kill(pid, rest[0])
after = termios.tcgetattr(master)
status = os.waitpid(pid, 0)[1]
sys.stderr.write(json.dumps({"code": os.waitstatus_to_exitcode(status), "restored": before[3] == after[3]}) + "\n")
