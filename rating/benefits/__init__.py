"""Benefits: from what a plan and a member ask for to the amount a premium is charged on.

What lives here: one module per rule of insured amounts (`volume` puts them in order) and of disability
benefits. What does not: rates, and the methods that multiply a benefit by one (`rating.methods`).
"""
