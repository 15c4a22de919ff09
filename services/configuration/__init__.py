"""Product configuration rules: which plans go together, and who may hold them.

What lives here: the engine that runs rules over the choices of any number of members, the kinds of rules, and the
eligibility check with its contexts. What does not: opt-outs, class links and the rules of a selection
(`services.selections`), and the sheet of the shelf that states rules (`services.shelf.configuration_rules`).
"""
