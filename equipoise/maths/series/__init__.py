"""Series in time: what is usual, when it changed, and how well what was said of it held."""

from equipoise.maths.series.changes import (
    Alarms,
    Calibration,
    Changes,
    alarms,
    calibrate,
    change_points,
    count_interval,
    dispersion,
)
from equipoise.maths.series.scores import Reliability, brier, crps, log_score, reliability, share_interval, skill
from equipoise.maths.series.usual import normal_scores, season_index, seasons, stationary_blocks, without_seasons

__all__ = [
    "Alarms", "Calibration", "Changes", "Reliability", "alarms", "brier", "calibrate", "change_points", "count_interval",
    "crps", "dispersion", "log_score", "normal_scores", "reliability", "season_index", "seasons", "share_interval", "skill",
    "stationary_blocks", "without_seasons",
]  # fmt: skip
