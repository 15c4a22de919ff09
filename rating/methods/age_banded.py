"""Price of each person by age, and by whatever else the table varies by (list bill).

Formula: premium = unit rate(age, ...) x factors, for every covered person, children as adults.
Unit: USD per person and rate period.
Source: 45 CFR 147.102, rating methods section 1 (without the cap on children) and section 8.
Example: base 412.36, age 44 (factor 1.397), tobacco 1.2: 691.280304, so 691.28.

>>> from rating.example import monthly
>>> monthly("age_banded", "691.280304")
'691.28'
"""

from rating.pricing import Price, Selection


def price(selection: Selection) -> Price:
    """Each person pays the rate of the own age; a family known by its tier only cannot be priced."""
    return Price(issue=selection.unknown_dependents())
