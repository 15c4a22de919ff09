"""Person accounts, contacts and portal users of census members.

What lives here: one engine for accounts and contacts (`creating`, with its fields, choice of members, matching and
users), the services that look persons up, and what a portal user may see. What does not: the members themselves
(`services.members`), tokens (`services.access`) and the published shapes (`services.http.routes`).
"""
