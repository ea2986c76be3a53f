"""Shaped links for scripts: veth pairs between this network namespace and another, shaped by tbf.

Needs root, or a kernel that lets users have user namespaces; and iproute2 and util-linux. Everything
ends with the script.
"""

import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KVBENCH = ROOT / "target/release/kvbench"
MTU, BURST = 9000, 256 << 10
PATH = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
HERE = "/proc/self/ns/net"


def enter():
    """Runs the script again in a network namespace of its own."""
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    os.execvp("unshare", ["unshare", "--net", *user, sys.argv[0], "--inside", *sys.argv[1:]])


def other_namespace():
    """A process that keeps a second namespace until its input ends, as it does with this process."""
    holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdin.write(b"\n")
    holder.stdin.flush()
    holder.stdout.readline()
    return holder


def batch(program, lines, namespace=HERE):
    """Gives lines to ip or tc, in a namespace; what it prints."""
    command = ["nsenter", f"--net={namespace}", program, "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), text=True, check=True, env=PATH, stdout=subprocess.PIPE)
    return done.stdout


def shape(rates, namespace, end):
    """Limits what each link sends at this end."""
    shaped = [f"qdisc replace dev {end}{i} root tbf rate {rate}mbit burst {BURST} latency 50ms"
              for i, rate in enumerate(rates)]
    batch("tc", shaped, namespace)


def connect(holder, other, count):
    """Makes links: a0 here to b0 there, and so on."""
    batch("ip", [f"link add a{i} mtu {MTU} type veth peer name b{i} mtu {MTU} netns {holder.pid}"
                 for i in range(count)])
    for namespace, end, host in ((HERE, "a", 1), (other, "b", 2)):
        lines = ["link set lo up"]
        for i in range(count):
            lines += [f"address add 10.77.{i}.{host}/24 dev {end}{i}", f"link set {end}{i} up"]
        batch("ip", lines, namespace)
    deadline = time.monotonic() + 20
    for namespace in (HERE, other):
        while batch("ip", ["link show type veth"], namespace).count(" state UP ") < count:
            if time.monotonic() > deadline:
                sys.exit("the links did not come up in 20 s")
            time.sleep(0.05)


def links(rates):
    """Makes a link for each rate, in Mbit/s: a0 here to b0 there, and so on. Returns the other namespace."""
    holder = other_namespace()
    other = f"/proc/{holder.pid}/ns/net"
    connect(holder, other, len(rates))
    for namespace, end in ((HERE, "a"), (other, "b")):
        shape(rates, namespace, end)
    return holder, other
