"""Members of a census as requests state them: added, changed, removed and read.

What lives here: everything between the records of a request and the stored census. Rules on persons, keys, families
and classes are those of a census file (`services.census_load`); what is here puts records on that road and takes
the outcome off it. What does not: selections (`services.selections`), files, and the wrapping of answers.
"""
