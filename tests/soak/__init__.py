"""`make soak`: millions of coverages priced by the core and again in exact whole numbers, half of them beside a tie.

What lives here: worlds drawn as columns (`drawing`), the oracle's formula in whole numbers (`formula`) and the count
(`__main__`). What does not: the oracle's words and the odd worlds of the ordinary tests (`tests.oracle`,
`tests.random_world`).
"""
