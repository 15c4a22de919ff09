"""Speed, measured beside a floor or a rival in the same run.

What lives here: the common workload of the core and its rival in SQL, the road of a thousand files and its floor, and
the report `build/bench.json`. What does not: anything the product needs.

    python -m benchmarks            everything (a few minutes)
    python -m benchmarks --quick    small sizes: proves that the code runs and the engines agree, not how fast
"""
