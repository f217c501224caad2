"""/api/genie/suggest-metrics: the metrics that a table could have."""
