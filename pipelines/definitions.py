"""The code location: assets, checks, jobs, sensor, schedule and resources put together.

What lives here: `defs`, assembly and nothing else. Steps run in the process of their run: a step costs a twentieth
of a second so, and four seconds in a process of its own.
"""

import dagster as dg

from assets.census import census
from assets.checks import CHECKS
from assets.enrollment import group_enrollment
from assets.people import people
from assets.premiums import premiums
from assets.published import published
from assets.quotes import group_rating
from assets.reference import shelf
from pipelines import jobs
from pipelines.progress import steps_logger
from pipelines.requests import open_requests, work_on_requests
from pipelines.resources import book_resource, places_resource
from pipelines.schedules import nightly_rating
from pipelines.sensors import drop_folder

defs = dg.Definitions(
    assets=[shelf, census, people, premiums, published, group_rating, group_enrollment],
    asset_checks=CHECKS,
    jobs=[*jobs.ALL, work_on_requests],
    sensors=[drop_folder, open_requests],
    schedules=[nightly_rating],
    resources={"book": book_resource, "places": places_resource},
    executor=dg.in_process_executor,
    loggers={"console": dg.colored_console_logger, "steps": steps_logger},
)
