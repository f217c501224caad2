"""Databricks: SQL warehouse, Unity Catalog, Volumes, Genie, serving endpoints, lineage, sign-in."""
