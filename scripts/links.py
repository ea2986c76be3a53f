"""Shaped links between two network namespaces: veth pairs, each limited by tbf in either direction.

Runs as root, or as a user whom the kernel lets have a user namespace; needs iproute2 and util-linux. The
namespaces end with the script.
"""

import os
import subprocess
import sys
import time

MTU, BURST = 9000, 256 << 10
OWN = "/proc/self/ns/net"
PATH = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}


def enter(script):
    """Runs a script again, with the argument --inside first, in a network namespace of its own."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    os.execvp("unshare", ["unshare", "--net", *user, script, "--inside", *sys.argv[1:]])


def namespace():
    """A further namespace, and the process that keeps it until its input ends, as it does with this process."""
    holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdin.write(b"\n")
    holder.stdin.flush()
    holder.stdout.readline()
    return f"/proc/{holder.pid}/ns/net", holder


def batch(program, lines, namespace=OWN):
    """Gives lines to ip or tc, in a namespace; what it prints."""
    command = ["nsenter", f"--net={namespace}", program, "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), text=True, check=True, env=PATH, stdout=subprocess.PIPE)
    return done.stdout


def shape(mbit_per_s, namespace, end):
    """Limits what each link sends at this end, by its number."""
    batch("tc", [f"qdisc replace dev {end}{i} root tbf rate {rate}mbit burst {BURST} latency 50ms"
                 for i, rate in enumerate(mbit_per_s)], namespace)


def connect(count, a, b):
    """Makes links: a0 in namespace a to b0 in namespace b, and so on."""
    batch("ip", [f"link add a{i} mtu {MTU} type veth peer name b{i} mtu {MTU} netns {b.split('/')[2]}"
                 for i in range(count)], a)
    for namespace, end, host in ((a, "a", 1), (b, "b", 2)):
        lines = ["link set lo up"]
        for i in range(count):
            lines += [f"address add 10.77.{i}.{host}/24 dev {end}{i}", f"link set {end}{i} up"]
        batch("ip", lines, namespace)
    deadline = time.monotonic() + 20
    for namespace in (a, b):
        while batch("ip", ["link show type veth"], namespace).count(" state UP ") < count:
            if time.monotonic() > deadline:
                sys.exit("the links did not come up in 20 s")
            time.sleep(0.05)
