"""What this service does: one module for each operation, with one function of its name.

A handler runs on the event loop, so it awaits and never blocks. Work that blocks (files, a library
without `async`, a computation that takes longer than some milliseconds) goes to a thread, behind a
limiter of its own, made once in `resources.py`:

    limiter = anyio.CapacityLimiter(2)
    ...
    output = await anyio.to_thread.run_sync(compute, payload, limiter=resources.limiter)

Without `limiter=` it would share the 40 threads of the whole process with everybody else.
A thread cannot be cancelled: give what runs in it a limit of its own (`call.remaining()`).
"""
