"""Reads `perf script -F ip,sym,dso`, and prints the share of the samples by what is at work.

In the kernel that is the system call, or the interrupt; in the program the crate of the function.
A function that was inlined counts with its caller.
"""

import collections
import re
import sys

CALLS = [
    ("accept", "kernel: accept"),
    ("sendto|sys_write|sendmsg", "kernel: send"),
    ("recvfrom|sys_read|recvmsg", "kernel: receive"),
    ("epoll_wait|epoll_pwait", "kernel: epoll, wait"),
    ("epoll_ctl", "kernel: epoll, register"),
    ("sys_close|task_work_run|__fput", "kernel: close"),
    ("shutdown", "kernel: shut down"),
    ("setsockopt", "kernel: socket options"),
    ("getpeername|getsockname|ioctl|fcntl", "kernel: other calls on sockets"),
    ("futex", "kernel: wake threads"),
    ("softirq|interrupt|asm_sysvec", "kernel: interrupts"),
]
CRATES = [
    ("actix|httparse|^<?h2|^<?http|local_channel", "program: actix"),
    ("tokio|^<?mio|futures", "program: tokio"),
    ("hub|common|^<?net|service|sse_svc|ws_svc|longpoll_svc|rfc6455|broker", "program: this repository"),
]


def kind(stack):
    """Returns what is at work. The first frame is the innermost."""
    symbol, dso = stack[0]
    if "kernel" in dso:
        # From the outermost: a call may run the other half of a connection in an interrupt.
        frames = [frame for frame, dso in reversed(stack) if "kernel" in dso]
        calls = (name for frame in frames for pattern, name in CALLS if re.search(pattern, frame))
        return next(calls, "kernel: other")
    if "libc" in dso:
        if re.search("malloc|free|calloc|realloc|memalign|unlink_chunk", symbol):
            return "program: allocator"
        return "program: C library"
    return next((name for pattern, name in CRATES if re.search(pattern, symbol)), "program: other")


def stacks(lines):
    stack = []
    for line in lines:
        found = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line.rstrip())
        if found:
            stack.append(found.groups())
        elif stack:
            yield stack
            stack = []
    if stack:
        yield stack


def main():
    counts = collections.Counter(map(kind, stacks(sys.stdin)))
    total = sum(counts.values())
    for name, count in counts.most_common():
        print(f"{100 * count / total:6.1f} %  {name}")
    print(f"{total:6d}    samples")


main()
