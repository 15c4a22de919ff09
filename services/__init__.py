"""What may be done: one module per noun, one function per verb.

A service receives an open transaction of the book and works on whole sets; the doors (Dagster, the
command line, HTTP) open the transaction. Problems of rows come back as rows; only a request that
cannot be honoured as a whole raises a `Refusal`. No service reads the clock.
"""
