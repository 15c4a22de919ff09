"""Census refresh: a census brought in line with the policies of a contract.

What lives here: the request and the job (BC-68, BC-69). What does not: the rules on members (`services.members`), and
policies (`services.policies`).
"""
