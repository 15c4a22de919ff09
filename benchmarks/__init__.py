"""Speed, measured beside a floor or a rival in the same run.

What lives here: the common workload of the core and its rivals (SQL, frames, a plain loop), the workload of the
arithmetic alone (a compiled loop, a rules engine), growth and memory, the road of a thousand files and its floor, and
the report `build/bench.json`. What does not: anything the product needs.

    make bench                                everything, with every rival (several minutes)
    python -m benchmarks --quick              small sizes: proves that the code runs and the engines agree, not how fast
    build/bench-venv/bin/python -m benchmarks --only core
                                              the core, the arithmetic and growth
"""

import os

THREADS = 2
"""Threads of every engine that can use them."""

# Polars reads this once, when it is first imported.
os.environ.setdefault("POLARS_MAX_THREADS", str(THREADS))
