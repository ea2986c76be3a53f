"""NIXL's Python API, for kvbench-peers: times the operations that standard input asks for.

Arguments: form, backend, a parameter of it and its value, bytes of the posted block, bytes of a listed
block, the most blocks, bytes of a buffer.
A line in is an operation and a count; a line out is nanoseconds. What lists are made of is there before the
clock starts: lists of tuples, or, with the first argument `numpy`, arrays, which is the API's fastest way.
"""

import mmap
import os
import sys
from ctypes import addressof, c_char
from time import perf_counter_ns

# NIXL logs on standard output, which is for answers.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import numpy as np
from nixl_cu12 import nixl_agent, nixl_agent_config, nixl_thread_sync_t

FORM, BACKEND, PARAMETER, VALUE = sys.argv[1:5]
POSTED_BYTES, LISTED_BYTES, MOST_BLOCKS, BUFFER_BYTES = map(int, sys.argv[5:])
HUGE_PAGE = 2 << 20


def agent_with_memory(name):
    config = nixl_agent_config(
        enable_prog_thread=False,
        backends=[],
        sync_mode=nixl_thread_sync_t.NIXL_THREAD_SYNC_STRICT,
    )
    agent = nixl_agent(name, config)
    agent.create_backend(BACKEND, {PARAMETER: VALUE})
    memory = mmap.mmap(-1, BUFFER_BYTES + HUGE_PAGE)
    memory.madvise(mmap.MADV_HUGEPAGE)
    np.frombuffer(memory, dtype=np.uint8)[:] = 0
    address = addressof(c_char.from_buffer(memory))
    address += -address % HUGE_PAGE
    agent.register_memory([(address, BUFFER_BYTES, 0, "")], "DRAM")
    return agent, address, memory


def blocks(address):
    table = np.zeros((MOST_BLOCKS, 3), dtype=np.uint64)
    table[:, 0] = address + 2 * LISTED_BYTES * np.arange(MOST_BLOCKS, dtype=np.uint64)
    table[:, 1] = LISTED_BYTES
    return table if FORM == "numpy" else [tuple(map(int, row)) for row in table]


target, theirs, _target_memory = agent_with_memory("python-target")
agent, ours, _memory = agent_with_memory("python-initiator")
peer = agent.add_remote_agent(target.get_agent_metadata())
if isinstance(peer, bytes):
    peer = peer.decode()
local_table, remote_table = blocks(ours), blocks(theirs)

local = agent.get_xfer_descs([(ours, POSTED_BYTES, 0)], "DRAM")
remote = agent.get_xfer_descs([(theirs, POSTED_BYTES, 0)], "DRAM")
posted = agent.initialize_xfer("WRITE", local, remote, peer)
# The first one connects, which takes both sides.
state = agent.transfer(posted)
while state == "PROC":
    target.get_new_notifs()
    state = agent.check_xfer_state(posted)


def post_and_poll(times):
    start = perf_counter_ns()
    for _ in range(times):
        state = agent.transfer(posted)
        while state == "PROC":
            state = agent.check_xfer_state(posted)
    return perf_counter_ns() - start


def create(count):
    local_blocks, remote_blocks = local_table[:count], remote_table[:count]
    start = perf_counter_ns()
    local = agent.get_xfer_descs(local_blocks, "DRAM")
    remote = agent.get_xfer_descs(remote_blocks, "DRAM")
    request = agent.initialize_xfer("WRITE", local, remote, peer)
    del local, remote
    spent = perf_counter_ns() - start
    agent.release_xfer_handle(request)
    return spent


def prepare(count):
    local_blocks = local_table[:count]
    start = perf_counter_ns()
    prepared = agent.prep_xfer_dlist("", local_blocks, "DRAM")
    spent = perf_counter_ns() - start
    agent.release_dlist_handle(prepared)
    return spent


OPERATIONS = {"post_and_poll": post_and_poll, "create": create, "prepare": prepare}
print("ready" if state == "DONE" else f"the first transfer: {state}", file=answers)
for line in sys.stdin:
    operation, count = line.split()
    print(OPERATIONS[operation](int(count)), file=answers)
# NIXL's destructors have nothing left to tell, and some crash.
os._exit(0)
