"""A Dagster logger that tells steps, for the progress shown on a terminal.

What lives here: the bridge from Dagster's log to the standard logger `benefits.steps`. What does not: how progress
looks (`pipelines.cli.show`). Chosen in the configuration of a run by the name `steps`, in place of Dagster's console.
"""

import logging

import dagster as dg

STEPS = "benefits.steps"


def _steps(_context: dg.InitLoggerContext) -> logging.Logger:
    """The standard logger that the command line listens to."""
    logger = logging.getLogger(STEPS)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


steps_logger = dg.LoggerDefinition(_steps, description="Passes on what steps say, without colours or times.")
