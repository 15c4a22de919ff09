"""Census files uploaded to a service: accepted, cut into batches, loaded by the road of every census file, reported.

What lives here: the upload as a job, from the request to the error file. What does not: reading files
(`services.intake`), judging and storing members (`services.census_load`), jobs (`services.jobs`).
"""
