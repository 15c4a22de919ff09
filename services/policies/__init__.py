"""Policies after enrollment: what is due for them, cancelling, ending a participant, and reading.

What lives here: what happens to a policy once it stands. What does not: making one (`services.enrollment`), and every
amount of money, which the core prorates (`rating.ending`, `rating.charges`).
"""
