"""Onboarding of employer groups by approved partners: what may be done, on the partners' side and on the host's.

What lives here: registering and changing groups, their statuses, steps, actions, events and brokers, and what is told
of them. What does not: the records that steps follow from (accounts, quotes, contracts, censuses, policies), which
their own services make, and the routes (`services.http.routes.onboarding`).

Nothing here reads a census member's data; a registration is told in bands, counts and dates (ON-3).
"""
