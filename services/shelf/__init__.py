"""The shelf: accounts, plans, rates and contribution rules as their owner states them, in sheets.

What lives here: the sheets and their columns (`columns`), reading them (`sheets`), judging and storing them
(`load` and the modules it calls), and blank and example sets (`template`). What does not: census files
(`services.intake`), and what a rule on a row says (`schemas.shelf_rules`).
"""
