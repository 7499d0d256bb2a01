"""Series in time: what is usual, when it changed, and how well what was said of it held."""

from equipoise.maths.series.scores import Reliability, brier, crps, log_score, reliability, share_interval, skill

__all__ = ["Reliability", "brier", "crps", "log_score", "reliability", "share_interval", "skill"]
