"""A call over REST in a Python service, and in plain FastAPI, for callgrind to count: see ../instructions.ts.

Between two marks are the calls of one contestant. Calls are made as in `../inprocess.py`: without sockets.
"""

import gc
import logging
import os
import select
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop
from inprocess import BRIDGE, Client, generated, plain


def mark() -> None:
    """What callgrind stops at: a function of the C library that nothing else calls."""
    os.getpriority(os.PRIO_PROCESS, 0)


def wait_for_word() -> None:
    """Wait without sleeping: valgrind takes orders of a process that does something."""
    while not select.select([sys.stdin], [], [], 0)[0]:
        pass


async def main(warm_up: int, rounds: int, calls: int) -> None:
    """Call in turn."""
    logging.getLogger().setLevel(logging.INFO)
    by_hand, package = plain(), generated()
    contestants = [Client(by_hand, "/ping"), Client(package, "/operations/ping", *BRIDGE)]
    async with package.router.lifespan_context(package):
        for client in contestants:
            for _ in range(warm_up):
                await client.call()
        # What is there by now is not looked through again, whenever that is due.
        gc.collect()
        gc.freeze()
        sys.stderr.write("ready\n")
        wait_for_word()
        for _ in range(rounds):
            for client in contestants:
                await client.call()
                mark()
                for _ in range(calls):
                    await client.call()
                mark()


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:])))
