"""What ours does otherwise on purpose."""

DIFFERS = {
    "again": "a model that is there is never written over; MLflow's other flavors refuse it, too",
    "mleap": "the flavor is retired, and says so whether or not the mleap package is installed",
}
