"""The HTTP door: published paths and shapes over the services.

What lives here: the application, who calls, the envelopes of errors, and one router for each area under `routes`. What
does not: anything the services decide. A handler decodes, calls a service inside one unit of work, and encodes.
"""
