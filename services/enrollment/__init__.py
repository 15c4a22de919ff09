"""Enrollment: from what families chose to policies.

What lives here: one core that enrolls the families of a root plan (`enroll`, with what it reads, judges and writes),
and the services around it: one family, a whole census as a job, the actions and the Std services. What does not:
prices (`services.pricing`), the persons made on the way (`services.people`), and what becomes of policies afterwards
(`services.policies`).
"""
