"""Selections of members as requests make them: added, changed, removed, validated, and what may be chosen.

What lives here: everything between the plans that a request names and the stored selections. Opt-outs, class links
and the rules on a choice are those of a census file (`services.census_load.eligibility`, `settling`). What does not:
product configuration rules (`services.configuration`), members (`services.members`), and the wrapping of answers.
"""
